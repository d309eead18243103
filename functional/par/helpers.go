package par

import (
	"math"
	"sync/atomic"
)

// help is the life of the nth helper of a call.
func (c *call) help(nth int) {
	if !c.left() || !c.helpers.join() {
		return
	}
	defer c.helpers.leave()
	if nth+1 < c.workers && c.left() {
		go c.help(nth + 1)
	}
	c.work()
}

// helpers counts the goroutines that help with a call. Its zero value is empty and
// open.
type helpers struct {
	state atomic.Int64  // how many there are, plus closed when none can join
	idle  chan struct{} // closed when the last one leaves after that
}

const closed = math.MinInt64

// empty reports whether there is none.
func (h *helpers) empty() bool { return h.state.Load() == 0 }

// join counts the calling goroutine in, unless the call is over.
func (h *helpers) join() bool {
	for {
		state := h.state.Load()
		if state&closed != 0 {
			return false
		}
		if h.state.CompareAndSwap(state, state+1) {
			return true
		}
	}
}

// leave ends the membership that join began.
func (h *helpers) leave() {
	if h.state.Add(-1) == closed {
		close(h.idle)
	}
}

// dismiss lets no goroutine join any more and waits for those that have. One that
// comes later is not waited for: it finds that it cannot join.
func (h *helpers) dismiss() {
	// The last items of cheap work are done sooner than a goroutine is parked.
	for range 200 {
		if h.empty() && h.state.CompareAndSwap(0, closed) {
			return
		}
	}
	h.idle = make(chan struct{})
	for {
		state := h.state.Load()
		if h.state.CompareAndSwap(state, state|closed) {
			if state != 0 {
				<-h.idle
			}
			return
		}
	}
}
