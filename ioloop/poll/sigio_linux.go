package poll

import (
	"io/fs"
	"maps"
	"time"

	"golang.org/x/sys/unix"
)

// A signaled waits by signal-driven I/O: the kernel queues a real-time signal, with the
// descriptor in it, for each change of an open file that has O_ASYNC. The signals go to
// one thread, which takes them from the queue; no handler runs.
//
// A signal says that something may have changed. Poll says what, for these descriptors
// alone: the hot ones. A descriptor stays hot for as long as it is ready, which makes it
// level-triggered. When the queue overflows, the kernel sends a plain SIGIO, and all
// descriptors are hot.
type signaled struct {
	registry *registry
	thread   *signalThread
	hot      map[Token]struct{} // guarded by registry
	peak     int                // the most there were of them, since hot was made
	full     bool               // one of the hot ones waits for room
	list     []unix.PollFd
	tokens   []Token // of the same index
}

func newSignaled(r *registry, _ Options) (backend, error) {
	thread, err := startSignalThread()
	if err != nil {
		return nil, err
	}
	return &signaled{registry: r, thread: thread, hot: map[Token]struct{}{}}, nil
}

func (b *signaled) add(t Token, _ Events, taken bool) error {
	if _, err := identify(t.fd); err != nil {
		return err
	}
	flags, err := unix.FcntlInt(uintptr(t.fd), unix.F_GETFL, 0)
	switch {
	case err != nil:
		return err
	case flags&unix.O_ASYNC == 0:
		if err := b.thread.direct(t.fd, flags); err != nil {
			return err
		}
	case taken:
		return fs.ErrExist
	default:
		return unix.EBUSY // its signals go to somebody else, or to a duplicate's registration
	}
	b.hot[t] = struct{}{}
	return nil
}

func (b *signaled) modify(t Token, _ Events) error {
	flags, err := unix.FcntlInt(uintptr(t.fd), unix.F_GETFL, 0)
	if err == nil && flags&unix.O_ASYNC == 0 {
		return unix.EBADF // closed behind our back, and the number stands for another file
	}
	b.hot[t] = struct{}{}
	return err
}

func (b *signaled) remove(t Token) {
	delete(b.hot, t)
	b.thread.undirect(t.fd)
}

func (b *signaled) wait(d time.Duration, found []Event) ([]Event, error) {
	// The queue is emptied first, so that a descriptor that stays ready cannot keep the
	// others from being seen.
	s := b.thread.take(0)
	b.warm(s)
	found, err := b.look(found)
	if len(found) > 0 || err != nil || d == 0 || s.woken {
		return found, err
	}
	if b.full && (d < 0 || d > fullAgain) {
		d = fullAgain
	}
	b.warm(b.thread.take(d))
	return b.look(found)
}

// fullAgain is how long a descriptor that takes no more goes without a look. A unix stream
// sends a signal for room only if a write has failed since O_ASYNC was set, and poll does
// not ask it to.
const fullAgain = 5 * time.Millisecond

// warm makes the descriptors of signals hot, or all after an overflow.
func (b *signaled) warm(s takenSignals) {
	if len(s.fds) == 0 && !s.overflow {
		return
	}
	b.registry.Lock()
	defer b.registry.Unlock()
	if s.overflow {
		for t := range b.registry.all() {
			b.hot[t] = struct{}{}
		}
		return
	}
	for _, fd := range s.fds {
		if g := b.registry.get(fd); g.gen != 0 {
			b.hot[Token{fd, g.gen}] = struct{}{}
		}
	}
}

// cool gives the memory of hot back after a peak.
func (b *signaled) cool() {
	b.peak = max(b.peak, len(b.hot))
	if b.peak > keptHot && len(b.hot) < b.peak/4 {
		hot := make(map[Token]struct{}, len(b.hot))
		maps.Copy(hot, b.hot)
		b.hot, b.peak = hot, len(hot)
	}
}

// keptHot is how many hot descriptors a map is kept for.
const keptHot = 256

// look asks poll about the hot descriptors. Those that are not ready cool down: the
// next change sends a signal.
func (b *signaled) look(found []Event) ([]Event, error) {
	b.registry.Lock()
	defer b.registry.Unlock()
	b.list, b.tokens, b.full = emptied(b.registry, b.list), emptied(b.registry, b.tokens), false
	b.cool()
	for t := range b.hot {
		if g := b.registry.get(t.fd); g.gen == t.gen && !g.off && !g.gone {
			b.list = append(b.list, unix.PollFd{Fd: t.fd, Events: toPoll(g.want)})
			b.tokens = append(b.tokens, t)
		} else {
			delete(b.hot, t)
		}
	}
	if len(b.list) == 0 {
		return found, nil
	}
	if _, err := sysPoll(b.list, 0); err != nil {
		if err == unix.EINTR {
			err = nil
		}
		return found, err
	}
	for i, p := range b.list {
		t := b.tokens[i]
		g := b.registry.get(t.fd)
		switch {
		case p.Revents&unix.POLLNVAL != 0:
			g.gone = true
			b.registry.put(t.fd, g)
		case p.Revents != 0:
			found = append(found, Event{t, fromPoll(p.Revents)})
		}
		switch {
		case p.Revents&unix.POLLOUT == 0 && g.want&Writable != 0 && !g.gone && (p.Revents == 0 || g.want&Edge == 0):
			b.full = true
		case p.Revents == 0 || g.gone || g.want&Edge != 0:
			delete(b.hot, t)
		}
	}
	return found, nil
}

func (b *signaled) wake()         { b.thread.wake() }
func (b *signaled) rescans() bool { return true }
func (b *signaled) stale()        {}
func (b *signaled) fd() int       { return -1 }

func (b *signaled) close() error {
	for t := range b.registry.all() {
		b.thread.undirect(t.fd)
	}
	b.thread.stop()
	return nil
}
