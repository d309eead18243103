package poll

import (
	"errors"
	"io/fs"
	"math"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An epoll waits by epoll(7). The kernel keeps the registrations: a wait costs the same
// for any number of idle descriptors, and changes need not interrupt it. Each event
// carries the whole token.
type epoll struct {
	epfd     int
	registry *registry
	waker    waker
	events   []unix.EpollEvent
	coarse   bool // the kernel lacks epoll_pwait2: timeouts are milliseconds
	suspect  bool // the kernel may have registrations that cannot be removed
}

// The room for events of one wait, which doubles when it has been too small.
const (
	fewEvents  = 128
	manyEvents = 4096
)

func newEpoll(r *registry, _ Options) (backend, error) {
	w, err := newWaker()
	if err != nil {
		return nil, err
	}
	b := &epoll{epfd: -1, registry: r, waker: w, events: make([]unix.EpollEvent, fewEvents)}
	if b.epfd, err = b.create(); err != nil {
		w.close()
		return nil, err
	}
	return b, nil
}

// create makes an epoll instance that the waker can wake. The waker is edge-triggered,
// so that it need not be read.
func (b *epoll) create() (int, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return -1, err
	}
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: -1}
	if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, b.waker.reader, &e); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func (b *epoll) add(t Token, want Events, taken bool) error {
	err := b.control(unix.EPOLL_CTL_ADD, t, want)
	switch {
	case err == unix.EEXIST && taken:
		return fs.ErrExist
	case err == unix.EEXIST: // the number and the file are those of a lost registration
		return b.control(unix.EPOLL_CTL_MOD, t, want)
	case err == unix.EPERM:
		return ErrNotPollable
	case err == nil && taken:
		b.suspect = true // the old file may live on in a duplicate
	}
	return err
}

func (b *epoll) modify(t Token, want Events) error {
	err := b.control(unix.EPOLL_CTL_MOD, t, want)
	if err == unix.ENOENT { // closed behind our back, and the number stands for another file
		return unix.EBADF
	}
	return err
}

func (b *epoll) remove(t Token) {
	if b.control(unix.EPOLL_CTL_DEL, t, 0) != nil {
		b.suspect = true
	}
}

func (b *epoll) control(op int, t Token, want Events) error {
	e := unix.EpollEvent{Events: toEpoll(want), Fd: t.fd, Pad: int32(t.gen)}
	return unix.EpollCtl(b.epfd, op, int(t.fd), &e)
}

// wait looks twice without blocking, since a raw system call is cheaper: one that may
// block tells the scheduler. In between other goroutines run, which may make a
// descriptor ready.
func (b *epoll) wait(d time.Duration, found []Event) ([]Event, error) {
	n, err := b.look()
	if n == 0 && err == nil && d != 0 {
		runtime.Gosched()
		if n, err = b.look(); n == 0 && err == nil {
			n, err = b.block(d)
		}
	}
	if err == unix.EINTR {
		return found, nil
	}
	if err != nil {
		return found, err
	}
	for i := range b.events[:n] {
		if e := &b.events[i]; e.Fd >= 0 {
			found = append(found, Event{Token{e.Fd, uint32(e.Pad)}, fromEpoll(e.Events)})
		}
	}
	if n == len(b.events) && n < manyEvents {
		b.events = make([]unix.EpollEvent, 2*n)
	}
	return found, nil
}

// look returns what is ready now.
func (b *epoll) look() (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(b.epfd), uintptr(unsafe.Pointer(&b.events[0])), uintptr(len(b.events)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// block waits for d, or forever if d is negative.
func (b *epoll) block(d time.Duration) (int, error) {
	if b.coarse {
		return unix.EpollWait(b.epfd, b.events, milliseconds(d))
	}
	var limit *unix.Timespec
	if d >= 0 {
		ts := unix.NsecToTimespec(int64(d))
		limit = &ts
	}
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(b.epfd), uintptr(unsafe.Pointer(&b.events[0])), uintptr(len(b.events)), uintptr(unsafe.Pointer(limit)), 0, 0)
	switch errno {
	case 0:
		return int(n), nil
	case unix.ENOSYS, unix.EPERM: // before Linux 5.11, or a seccomp filter that does not know it
		b.coarse = true
		return b.block(d)
	}
	return 0, errno
}

// milliseconds rounds d up, so that no wait ends before its time. It returns -1 for a
// negative d.
func milliseconds(d time.Duration) int {
	if d < 0 {
		return -1
	}
	ms := d / time.Millisecond
	if d%time.Millisecond > 0 {
		ms++
	}
	return int(min(ms, math.MaxInt32))
}

func (b *epoll) wake()         { b.waker.wake() }
func (b *epoll) rescans() bool { return false }
func (b *epoll) fd() int       { return b.epfd }

// stale takes a fresh epoll instance if the kernel reports a file that has been closed
// while a duplicate is open. Nothing else ends these reports: the old one can be
// removed by its old number only, which is gone or stands for another file.
func (b *epoll) stale() {
	if !b.suspect {
		return // removed while the event was on its way
	}
	b.suspect = false
	fresh, err := b.create()
	if err != nil {
		b.suspect = true // the reports are dropped; a later one tries again
		return
	}
	defer unix.Close(fresh)
	for t, g := range b.registry.all() {
		want := g.want
		if g.off {
			want = 0
		}
		e := unix.EpollEvent{Events: toEpoll(want), Fd: t.fd, Pad: int32(t.gen)}
		unix.EpollCtl(fresh, unix.EPOLL_CTL_ADD, int(t.fd), &e)
	}
	unix.Dup3(fresh, b.epfd, unix.O_CLOEXEC)
}

func (b *epoll) close() error { return errors.Join(syscall.Close(b.epfd), b.waker.close()) }

func toEpoll(want Events) (e uint32) {
	for _, m := range epollBits {
		if want&m.event != 0 {
			e |= m.bit
		}
	}
	return e
}

func fromEpoll(e uint32) (is Events) {
	for _, m := range epollBits[:6] {
		if e&m.bit != 0 {
			is |= m.event
		}
	}
	return is
}

var epollBits = [...]struct {
	event Events
	bit   uint32
}{
	{Readable, unix.EPOLLIN},
	{Writable, unix.EPOLLOUT},
	{Priority, unix.EPOLLPRI},
	{PeerClosed, unix.EPOLLRDHUP},
	{HungUp, unix.EPOLLHUP},
	{Failed, unix.EPOLLERR},
	{Edge, unix.EPOLLET},
	{OneShot, unix.EPOLLONESHOT},
}
