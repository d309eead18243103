package ioloop

import (
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/internal/uring"
)

// A ringAccept lets the kernel accept. It may have accepted more than are wanted when it is
// told to cease: those wait here, as they would in the queue of the listener.
type ringAccept struct {
	acceptor *acceptor
	ring     *ring
	slot     uring.Slot
	armed    bool
	waiting  []int
	posted   bool // admit is on its way
}

const acceptOp uint8 = 0

func newRingAccept(a *acceptor) accepting {
	w := &ringAccept{acceptor: a, ring: a.server.loop.ring}
	w.slot = w.ring.uring.Attach(w)
	w.ring.accepts[w] = struct{}{}
	return w
}

func (w *ringAccept) want(on bool) error {
	switch {
	case !on && w.armed:
		w.ring.uring.Cancel(w.slot, acceptOp)
	case on:
		w.arm()
		w.post()
	}
	return nil
}

func (w *ringAccept) arm() {
	if !w.armed && !w.acceptor.ended && !w.ring.ended {
		w.armed = true
		w.ring.uring.Accept(w.slot, acceptOp, w.acceptor.fd)
	}
}

// post admits those that wait, in the next turn.
func (w *ringAccept) post() {
	if l := w.acceptor.server.loop; len(w.waiting) > 0 && !w.posted {
		w.posted = true
		l.soon = append(l.soon, w.admit)
	}
}

// admit makes connections of those that wait, as long as they are wanted.
func (w *ringAccept) admit() {
	w.posted = false
	defer func() { // after a panic of open
		if w.acceptor.on {
			w.post()
		}
	}()
	for len(w.waiting) > 0 {
		if w.acceptor.isFull() {
			w.acceptor.pause()
			return
		}
		fd := w.waiting[0]
		w.waiting = w.waiting[1:]
		w.acceptor.open(fd)
	}
}

// Completed is told by the ring.
func (w *ringAccept) Completed(c uring.Completion) {
	if !c.More() {
		w.armed = false
	}
	a := w.acceptor
	switch {
	case c.Err == nil && a.ended:
		unix.Close(c.Result)
	case c.Err == nil:
		w.waiting = append(w.waiting, c.Result)
	case c.Err == unix.ECANCELED, c.Err == unix.EINTR, c.Err == unix.EAGAIN, c.Err == unix.ECONNABORTED, c.Err == unix.EPROTO:
	case !a.ended:
		a.starve(c.Err)
	}
	switch {
	case a.ended:
		w.bury()
	case a.on:
		w.arm()
	}
	switch {
	case a.ended || c.Err != nil || w.posted:
	case w.ring.resting:
		w.post()
	default:
		w.admit()
	}
}

func (w *ringAccept) stop() {
	for _, fd := range w.waiting {
		unix.Close(fd)
	}
	w.waiting = nil
	if w.armed {
		w.ring.uring.Cancel(w.slot, acceptOp)
	}
	w.bury()
}

// bury closes the listener if the kernel does nothing with it any more.
func (w *ringAccept) bury() {
	if _, ok := w.ring.accepts[w]; ok && w.ring.uring.Flying(w.slot) == 0 {
		delete(w.ring.accepts, w)
		w.ring.uring.Detach(w.slot)
		w.acceptor.gone()
	}
}
