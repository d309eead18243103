//go:build unix && !aix

package poll

import (
	"math/bits"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// selectLimit is how many descriptors an fd_set of the C library has.
const selectLimit = 1024

// A bitmap has a bit per descriptor, as select(2) wants it.
type bitmap []uint

func (m bitmap) set(fd int32)      { m[fd/bits.UintSize] |= 1 << (fd % bits.UintSize) }
func (m bitmap) has(fd int32) bool { return m[fd/bits.UintSize]&(1<<(fd%bits.UintSize)) != 0 }

// A selecting waits by select(2). Its bitmaps are as long as the highest descriptor
// asks for. Select says only that something has happened; poll then says what, for the
// descriptors to which it happened.
type selecting struct {
	scan
	big     bool
	version uint32
	tokens  []Token
	highest int32
	wanted  [3]bitmap // to be read, to be written, urgent
	ready   [3]bitmap
	details []unix.PollFd
	whose   []Token // of the same index
}

func newSelecting(r *registry, o Options) (backend, error) {
	s, err := newScan(r)
	if err != nil {
		return nil, err
	}
	b := &selecting{scan: s, big: o.BigSelect && bigSelect, version: r.version - 1}
	if limited(b, int32(s.waker.reader)) {
		b.close()
		return nil, &FDError{FD: s.waker.reader, Limit: selectLimit, Backend: Select, Err: syscall.EINVAL}
	}
	return b, nil
}

// limited reports whether b cannot take fd.
func limited(b *selecting, fd int32) bool { return !b.big && fd >= selectLimit }

func (b *selecting) add(t Token, want Events, taken bool) error {
	err := b.scan.add(t, want, taken)
	if limited(b, t.fd) && err != unix.EBADF {
		return &FDError{FD: t.FD(), Limit: selectLimit, Backend: Select, Err: syscall.EINVAL}
	}
	return err
}

func (b *selecting) wait(d time.Duration, found []Event) ([]Event, error) {
	b.refresh()
	for i, m := range b.wanted {
		b.ready[i] = append(b.ready[i][:0], m...)
	}
	n, err := sysSelect(int(b.highest)+1, b.ready, d)
	switch {
	case err == unix.EINTR:
		return found, nil
	case err == unix.EBADF:
		b.dropClosed()
		return found, nil
	case err != nil || n == 0:
		return found, err
	}
	if b.ready[0].has(int32(b.waker.reader)) {
		b.waker.drain()
	}
	return b.describe(found)
}

// refresh makes the bitmaps anew if the registrations have changed.
func (b *selecting) refresh() {
	r := b.registry
	r.Lock()
	defer r.Unlock()
	if b.version == r.version {
		return
	}
	b.version = r.version
	b.tokens = emptied(r, b.tokens)
	b.details, b.whose = emptied(r, b.details), emptied(r, b.whose)
	b.highest = int32(b.waker.reader)
	for t, g := range r.all() {
		if !g.off && !g.gone {
			b.tokens = append(b.tokens, t)
			b.highest = max(b.highest, t.fd)
		}
	}
	for i := range b.wanted {
		b.wanted[i] = make(bitmap, b.highest/bits.UintSize+1)
	}
	b.wanted[0].set(int32(b.waker.reader))
	for _, t := range b.tokens {
		for i, e := range [...]Events{Readable | PeerClosed, Writable, Priority} {
			if r.get(t.fd).want&e != 0 {
				b.wanted[i].set(t.fd)
			}
		}
	}
}

// describe asks poll about the descriptors that select has found ready.
func (b *selecting) describe(found []Event) ([]Event, error) {
	b.details, b.whose = b.details[:0], b.whose[:0]
	for _, t := range b.tokens {
		p := unix.PollFd{Fd: t.fd}
		for i, bit := range [...]int16{unix.POLLIN | pollPeerClosed, unix.POLLOUT, unix.POLLPRI} {
			if b.ready[i].has(t.fd) {
				p.Events |= bit
			}
		}
		if p.Events != 0 {
			b.details = append(b.details, p)
			b.whose = append(b.whose, t)
		}
	}
	if len(b.details) == 0 {
		return found, nil
	}
	if _, err := sysPoll(b.details, 0); err != nil && err != unix.EINTR {
		return found, err
	}
	for i, p := range b.details {
		if p.Revents&unix.POLLNVAL != 0 {
			b.registry.lose(b.whose[i])
		} else if p.Revents != 0 {
			found = append(found, Event{b.whose[i], fromPoll(p.Revents)})
		}
	}
	return found, nil
}

// dropClosed loses the descriptors that were closed behind the poller's back: select
// refuses to look at the others because of them.
func (b *selecting) dropClosed() {
	for _, t := range b.tokens {
		if _, err := unix.FcntlInt(uintptr(t.fd), unix.F_GETFD, 0); err == unix.EBADF {
			b.registry.lose(t)
		}
	}
}
