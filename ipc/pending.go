package ipc

import (
	"context"
	"sync"
	"sync/atomic"
)

// A pending is a call on its way: it waits in the pool's line for a worker, or
// has one and waits in that one's queue until it leads, and is settled when
// nothing can happen to it any more. The goroutine that made the call owns it.
type pending struct {
	passage // what its worker's transport needs to know of it
	call    Call
	state   atomic.Int32
	bell    chan struct{} // of capacity 1: state has changed

	// Guarded by pool.mu until the call is settled.
	w          *worker // nil while the call waits in line
	next, prev *pending
	end        ending
	err        error // if the worker did not answer
}

// How a call ended on a worker.
type ending int

const (
	answered    ending = iota // by a result or an error, ours or the worker's
	untouched                 // the worker died before it had begun to read it
	unstarted                 // the worker died while it read it
	diedRunning               // the worker died, and the function may have been running
)

// The states of a pending.
const (
	queued  = iota // in the pool's line, or in a worker's queue
	leading        // the oldest call of a worker: its owner is to wait for the answer
	settled
)

// pendings are used again: one that is settled is its owner's alone, except that
// its bell may still be rung, which means no more than to look at the state.
var pendings = sync.Pool{New: func() any { return &pending{bell: make(chan struct{}, 1)} }}

func newPending(ctx context.Context, call Call) *pending {
	c := pendings.Get().(*pending)
	c.call = call
	c.passage = newPassage(ctx, call)
	return c
}

// newPassage returns the passage of a call, with the deadline of ctx.
func newPassage(ctx context.Context, call Call) passage {
	f := frame{kind: frameCall, chunk: call.Chunk, name: call.Func, types: call.Types, files: len(call.Files), body: call.In}
	if deadline, ok := ctx.Deadline(); ok {
		f.deadline = deadline.UnixNano()
	}
	return passage{Request: f, Files: call.Files, Returns: call.ReturnsFiles}
}

// free gives up a call that is settled.
func (c *pending) free() {
	c.passage, c.call, c.w, c.err = passage{}, Call{}, nil, nil
	pendings.Put(c)
}

// turn changes the state and tells the owner. Pool.mu is held.
func (c *pending) turn(state int32) {
	c.state.Store(state)
	select {
	case c.bell <- struct{}{}:
	default: // the last news has not been heard yet
	}
}

// A line is a list of pendings, each of which is in one line at most. The zero
// value is empty.
type line struct {
	first, last *pending
	n           int
}

func (l *line) pushBack(c *pending) { l.insert(c, l.last, nil) }

func (l *line) pushFront(c *pending) { l.insert(c, nil, l.first) }

func (l *line) insert(c, prev, next *pending) {
	c.prev, c.next = prev, next
	l.link(prev, c, c, next)
	l.n++
}

func (l *line) remove(c *pending) {
	l.link(c.prev, c.next, c.prev, c.next)
	c.prev, c.next = nil, nil
	l.n--
}

// link makes after follow prev and before precede next.
func (l *line) link(prev, after, before, next *pending) {
	if prev == nil {
		l.first = after
	} else {
		prev.next = after
	}
	if next == nil {
		l.last = before
	} else {
		next.prev = before
	}
}
