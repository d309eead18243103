package poll

import "golang.org/x/sys/unix"

// A waker is a descriptor that becomes readable when it is woken: an eventfd.
type waker struct{ reader int }

func newWaker() (waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return waker{fd}, err
}

func (w waker) wake() {
	one := [8]byte{1} // a number that is not 0 on any machine
	unix.Write(w.reader, one[:])
}

// drain makes it unreadable again.
func (w waker) drain() {
	var count [8]byte
	unix.Read(w.reader, count[:])
}

func (w waker) close() error { return unix.Close(w.reader) }
