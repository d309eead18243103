//go:build unix && !aix

package poll

import (
	"time"

	"golang.org/x/sys/unix"
)

// A polling waits by poll(2). The kernel looks at each descriptor in each wait.
type polling struct {
	scan
	version uint32        // of the registry that the lists were made from
	list    []unix.PollFd // the waker first
	tokens  []Token       // of the same index
}

func newPolling(r *registry, _ Options) (backend, error) {
	s, err := newScan(r)
	if err != nil {
		return nil, err
	}
	return &polling{scan: s, version: r.version - 1}, nil
}

func (b *polling) wait(d time.Duration, found []Event) ([]Event, error) {
	b.refresh()
	n, err := sysPoll(b.list, d)
	if err == unix.EINTR {
		return found, nil
	}
	if err != nil || n == 0 {
		return found, err
	}
	if b.list[0].Revents != 0 {
		b.waker.drain()
	}
	for i, p := range b.list[1:] {
		switch t := b.tokens[i+1]; {
		case p.Revents == 0:
		case p.Revents&unix.POLLNVAL != 0:
			b.registry.lose(t)
		default:
			found = append(found, Event{t, fromPoll(p.Revents)})
		}
	}
	return found, nil
}

// refresh makes the lists anew if the registrations have changed.
func (b *polling) refresh() {
	r := b.registry
	r.Lock()
	defer r.Unlock()
	if b.version == r.version {
		return
	}
	b.version = r.version
	b.list = append(emptied(r, b.list), unix.PollFd{Fd: int32(b.waker.reader), Events: unix.POLLIN})
	b.tokens = append(emptied(r, b.tokens), Token{})
	for t, g := range r.all() {
		if !g.off && !g.gone {
			b.list = append(b.list, unix.PollFd{Fd: t.fd, Events: toPoll(g.want)})
			b.tokens = append(b.tokens, t)
		}
	}
}

func toPoll(want Events) (e int16) {
	for _, m := range pollBits {
		if want&m.event != 0 {
			e |= m.bit
		}
	}
	return e
}

func fromPoll(e int16) (is Events) {
	for _, m := range pollBits {
		if e&m.bit != 0 {
			is |= m.event
		}
	}
	return is
}

var pollBits = [...]struct {
	event Events
	bit   int16
}{
	{Readable, unix.POLLIN},
	{Writable, unix.POLLOUT},
	{Priority, unix.POLLPRI},
	{PeerClosed, pollPeerClosed},
	{HungUp, unix.POLLHUP},
	{Failed, unix.POLLERR},
}
