package store

import (
	"fmt"
	"slices"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A waiter is a call that waits.
type waiter struct {
	s        *Store
	c        *Client
	call     uint64
	leave    func() // takes it out of its line
	n        int    // permits, or items, that it wants
	owner    uint64 // of an RLock
	turn     *turn  // of an object of a class
	item     string
	revoke   func() // instead of leaving, when it is canceled; may be nil
	canceled bool   // it waits for its lock alone
}

// wait makes the call wait; leave takes it out of its line when it is canceled. It returns
// nil if there are too many: then it has answered.
func (r *request) wait(leave func()) *waiter {
	if len(r.c.waits) >= maxCalls || r.call == 0 {
		r.fail(msg.Busy, fmt.Sprintf("%d calls of the client wait", len(r.c.waits)))
		return nil
	}
	w := &waiter{s: r.s, c: r.c, call: r.call, leave: leave}
	r.c.waits[r.call] = w
	return w
}

// end answers the call. It has left its line.
func (w *waiter) end(code msg.Code, payload []byte) {
	delete(w.c.waits, w.call)
	w.s.answer(w.c, w.call, code, payload)
}

// cancel ends the call for its caller.
func (w *waiter) cancel() {
	if w.revoke != nil {
		w.revoke()
		return
	}
	w.leave()
	w.end(msg.Canceled, nil)
}

// A line has waiters, the oldest first.
type line []*waiter

// join makes the call wait at the end of the line; left is called after it was canceled,
// or its client has gone. It returns nil if there are too many.
func (l *line) join(r *request, left func()) *waiter {
	var w *waiter
	w = r.wait(func() {
		if l.remove(w) && left != nil {
			left()
		}
	})
	if w != nil {
		*l = append(*l, w)
	}
	return w
}

func (l *line) remove(w *waiter) bool {
	i := slices.Index(*l, w)
	if i >= 0 {
		*l = slices.Delete(*l, i, i+1)
	}
	return i >= 0
}

// pop takes the oldest out of the line; nil if there is none.
func (l *line) pop() *waiter {
	if len(*l) == 0 {
		return nil
	}
	w := (*l)[0]
	(*l)[0] = nil
	*l = (*l)[1:]
	return w
}
