package sched

import (
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/list"
)

// A Call is one call on its way. It waits in the scheduler's line for a worker, or in a
// worker's queue until it leads, and is settled when nothing can happen to it any more.
// The goroutine that made the call owns it. Make it with [NewCall].
type Call[P any] struct {
	// Passage is what the worker's link needs to know of the call. The scheduler does not
	// look into it.
	Passage P

	state atomic.Int32  // a state; changed under the lock
	bell  chan struct{} // of capacity 1: the state has changed

	// Guarded by the scheduler's lock until the call is settled.
	worker *Worker[P]          // nil while the call waits in the scheduler's line
	place  list.Node[*Call[P]] // in the one line that it is in
	end    End
	err    error
}

// The states of a call.
const (
	queued  int32 = iota // in the scheduler's line, or in a worker's queue
	leading              // the oldest call of a worker: its owner waits for the answer
	settled
)

// End is how a call ended.
type End uint8

// The ends of a call.
const (
	Answered  End = iota // the worker answered, and the answer is in the passage
	Refused              // the call has no worker and gets none: see Err
	GivenUp              // the same, because its ctx ended before it was started
	Untouched            // the worker is gone and had not begun to read the call
	Unstarted            // the worker is gone and had not started the call, but may have begun to read it
	Started              // the worker is gone and may have been running the call
)

// NewCall returns a call. A settled call may be used again.
func NewCall[P any]() *Call[P] {
	c := &Call[P]{bell: make(chan struct{}, 1)}
	c.place.Value = c
	return c
}

// Reset makes a settled call forget everything, so that it holds no memory until its
// next use. Its bell may still ring: that means no more than to look at the state.
func (c *Call[P]) Reset() {
	var none P
	c.Passage, c.worker, c.err = none, nil, nil
}

// End returns how a settled call ended.
func (c *Call[P]) End() End { return c.end }

// Err returns why a call was refused.
func (c *Call[P]) Err() error { return c.err }

// Worker returns the worker of a call that leads, or that was settled by a worker.
func (c *Call[P]) Worker() *Worker[P] { return c.worker }

// turn changes the state and tells the call's owner. The scheduler's lock is held.
func (c *Call[P]) turn(state int32) {
	c.state.Store(state)
	select {
	case c.bell <- struct{}{}:
	default: // the last news has not been heard yet
	}
}
