//go:build unix && !linux && !aix

package poll

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// A waker is a descriptor that becomes readable when it is woken: a pipe.
type waker struct{ reader, writer int }

func newWaker() (waker, error) {
	var p [2]int
	syscall.ForkLock.RLock()
	err := unix.Pipe(p[:])
	if err == nil {
		unix.CloseOnExec(p[0])
		unix.CloseOnExec(p[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return waker{}, err
	}
	w := waker{p[0], p[1]}
	if err := errors.Join(unix.SetNonblock(p[0], true), unix.SetNonblock(p[1], true)); err != nil {
		w.close()
		return waker{}, err
	}
	return w, nil
}

func (w waker) wake() {
	unix.Write(w.writer, []byte{1}) // a full pipe wakes as well
}

// drain makes it unreadable again.
func (w waker) drain() {
	var bytes [512]byte
	for {
		if n, err := unix.Read(w.reader, bytes[:]); n < len(bytes) || err != nil {
			return
		}
	}
}

func (w waker) close() error { return errors.Join(unix.Close(w.reader), unix.Close(w.writer)) }
