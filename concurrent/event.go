package concurrent

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// An Event is a flag that goroutines wait for: threading.Event, asyncio.Event. The
// zero value is an event that is not set. An Event must not be copied after its
// first use.
//
// What happens before a Set happens before the Wait that it releases returns.
type Event struct {
	set atomic.Bool // written under mu

	mu      sync.Mutex
	waiting park.Crowd
}

// Set sets the event and releases all waiting goroutines. They are released even if
// Clear is called before they run. Setting an event that is set has no effect. Set
// does not block.
func (e *Event) Set() {
	// There is no short cut for an event that is set: what was written before Set
	// must be seen after a Clear that comes later, and looking at a flag does not
	// see to that.
	e.mu.Lock()
	e.set.Store(true)
	e.waiting.Release()
	e.mu.Unlock()
}

// Clear resets the event: from now on, Wait waits for the next Set. It does not
// block.
func (e *Event) Clear() {
	e.mu.Lock()
	e.set.Store(false)
	e.mu.Unlock()
}

// IsSet reports whether the event is set. It costs one atomic load.
func (e *Event) IsSet() bool { return e.set.Load() }

// Wait blocks until the event is set. It returns context.Cause(ctx) when ctx ends
// first, or is done on entry. When the event is set already, Wait costs a check of
// ctx and an atomic load.
func (e *Event) Wait(ctx context.Context) error {
	if ctx.Err() == nil && e.set.Load() {
		return nil
	}
	return e.wait(ctx)
}

func (e *Event) wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e.mu.Lock()
	if e.set.Load() {
		e.mu.Unlock()
		return nil
	}
	return e.waiting.Wait(ctx, &e.mu)
}
