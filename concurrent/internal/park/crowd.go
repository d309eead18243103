package park

import (
	"context"
	"sync"
)

// A Crowd is goroutines that wait for the same thing and are released all at once.
// The lock that guards it is its owner's. The zero value is empty.
type Crowd struct {
	waiting int
	// gate is closed to release those that wait. The first of them makes it and the
	// last to give up drops it, so that what no goroutine waits for belongs to no
	// testing/synctest bubble.
	gate chan struct{}
}

// Wait parks the caller until Release, or until ctx ends, when it returns
// context.Cause(ctx) unless Release came first. It is called with mu held, the
// owner's lock, and returns without.
func (c *Crowd) Wait(ctx context.Context, mu *sync.Mutex) error {
	if c.gate == nil {
		c.gate = make(chan struct{})
	}
	gate := c.gate
	c.waiting++
	mu.Unlock()

	done, fault := Done(ctx)
	select {
	case <-gate:
		return nil
	case <-done:
	}
	if !c.giveUp(gate, mu) {
		return nil
	}
	fault.Raise()
	return context.Cause(ctx)
}

// giveUp counts out a goroutine that has waited at gate, and reports whether it was not
// released before.
func (c *Crowd) giveUp(gate chan struct{}, mu *sync.Mutex) bool {
	mu.Lock()
	defer mu.Unlock()
	if c.gate != gate {
		return false
	}
	if c.waiting--; c.waiting == 0 {
		c.gate = nil
	}
	return true
}

// Release releases all goroutines that wait.
func (c *Crowd) Release() {
	if c.gate != nil {
		close(c.gate)
		c.gate, c.waiting = nil, 0
	}
}
