//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poll

import (
	"errors"
	"io/fs"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A kqueue waits by kqueue(2). The kernel keeps the registrations: a filter for
// reading and one for writing per descriptor. A closed descriptor leaves by itself,
// also while duplicates are open, so that an event needs no generation.
type kqueue struct {
	scan  // for identities and the waker; nothing is scanned
	kq    int
	list  []unix.Kevent_t
	index map[int32]int // of the batch: descriptor to position
}

func newKqueue(r *registry, _ Options) (backend, error) {
	s, err := newScan(r)
	if err != nil {
		return nil, err
	}
	syscall.ForkLock.RLock()
	kq, err := unix.Kqueue()
	if err == nil {
		unix.CloseOnExec(kq)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		s.close()
		return nil, err
	}
	b := &kqueue{scan: s, kq: kq, list: make([]unix.Kevent_t, 256), index: map[int32]int{}}
	if err := b.control(int32(s.waker.reader), unix.EVFILT_READ, unix.EV_ADD); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// control makes or removes one filter of fd.
func (b *kqueue) control(fd int32, filter, flags int) error {
	var k unix.Kevent_t
	unix.SetKevent(&k, int(fd), filter, flags)
	return ignoringEINTR(func() error {
		_, err := unix.Kevent(b.kq, []unix.Kevent_t{k}, nil, nil)
		return err
	})
}

// apply makes the filters of fd what want asks for. A filter for reading stands for
// Priority and PeerClosed, too: the kernel has no others.
func (b *kqueue) apply(fd int32, want Events) error {
	for filter, on := range map[int]bool{
		unix.EVFILT_READ:  want&(Readable|PeerClosed|Priority) != 0,
		unix.EVFILT_WRITE: want&Writable != 0,
	} {
		flags := unix.EV_DELETE
		if on {
			flags = unix.EV_ADD | unix.EV_ENABLE
			if want&Edge != 0 {
				flags |= unix.EV_CLEAR
			}
			b.control(fd, filter, unix.EV_DELETE) // EV_ADD leaves EV_CLEAR as it was
		}
		if err := b.control(fd, filter, flags); err != nil && on {
			return err
		}
	}
	return nil
}

func (b *kqueue) add(t Token, want Events, taken bool) error {
	id, err := identify(t.fd)
	switch {
	case err != nil:
		return err
	case taken && b.files.Get(t.fd) == id:
		return fs.ErrExist
	}
	if err := b.apply(t.fd, want); err != nil {
		if err == unix.EINVAL {
			err = ErrNotPollable
		}
		return err
	}
	b.files.Put(t.fd, id)
	return nil
}

func (b *kqueue) modify(t Token, want Events) error {
	if err := b.scan.modify(t, want&^Edge); err != nil {
		return err
	}
	return b.apply(t.fd, want)
}

func (b *kqueue) remove(t Token) {
	b.scan.remove(t)
	b.apply(t.fd, 0)
}

func (b *kqueue) wait(d time.Duration, found []Event) ([]Event, error) {
	var limit *unix.Timespec
	if d >= 0 {
		ts := unix.NsecToTimespec(int64(d))
		limit = &ts
	}
	n, err := unix.Kevent(b.kq, nil, b.list, limit)
	if err != nil || n == 0 {
		if err == unix.EINTR {
			err = nil
		}
		return found, err
	}
	b.registry.Lock()
	defer b.registry.Unlock()
	clear(b.index)
	for _, k := range b.list[:n] {
		fd := int32(k.Ident)
		if int(fd) == b.waker.reader {
			b.waker.drain()
			continue
		}
		g := b.registry.get(fd)
		if g.gen == 0 {
			continue
		}
		i, ok := b.index[fd]
		if !ok {
			i = len(found)
			b.index[fd] = i
			found = append(found, Event{Token: Token{fd, g.gen}})
		}
		found[i].Events |= fromKevent(k)
		if g.want&OneShot != 0 {
			b.apply(fd, 0)
		}
	}
	return found, nil
}

// fromKevent returns what one filter has reported.
func fromKevent(k unix.Kevent_t) (is Events) {
	ended := k.Flags&unix.EV_EOF != 0
	switch int(k.Filter) {
	case unix.EVFILT_READ:
		is = Readable
		if ended {
			is |= PeerClosed
		}
	case unix.EVFILT_WRITE:
		is = Writable
		if ended {
			is |= HungUp
		}
	}
	if k.Flags&unix.EV_ERROR != 0 || ended && k.Fflags != 0 {
		is |= Failed
	}
	return is
}

func (b *kqueue) rescans() bool { return false }
func (b *kqueue) fd() int       { return b.kq }
func (b *kqueue) close() error  { return errors.Join(unix.Close(b.kq), b.scan.close()) }
