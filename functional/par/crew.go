package par

import (
	"math"
	"sync/atomic"
)

// A crew is the helpers at work on a call. Its zero value is empty and open.
type crew struct {
	state atomic.Int64  // how many there are, plus closed when nobody can join
	idle  chan struct{} // closed when the last leaves a closed crew
}

const closed = math.MinInt64

// empty reports whether nobody is there.
func (c *crew) empty() bool { return c.state.Load() == 0 }

// join makes the calling goroutine a member, unless the crew is closed.
func (c *crew) join() bool {
	for {
		state := c.state.Load()
		if state&closed != 0 {
			return false
		}
		if c.state.CompareAndSwap(state, state+1) {
			return true
		}
	}
}

// leave ends the membership that join began.
func (c *crew) leave() {
	if c.state.Add(-1) == closed {
		close(c.idle)
	}
}

// dismiss closes the crew and waits for its members. Goroutines that have not
// joined yet are not waited for: they find the crew closed.
func (c *crew) dismiss() {
	// The last items of cheap work are done sooner than a goroutine is parked.
	for range 200 {
		if c.empty() && c.state.CompareAndSwap(0, closed) {
			return
		}
	}
	c.idle = make(chan struct{})
	for {
		state := c.state.Load()
		if c.state.CompareAndSwap(state, state|closed) {
			if state != 0 {
				<-c.idle
			}
			return
		}
	}
}
