package concurrent

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// An Event is a flag that goroutines can wait for: threading.Event,
// asyncio.Event. The zero value is an event that is not set. An Event must not be
// copied after its first use.
//
// What happens before a Set happens before the Wait it releases returns.
type Event struct {
	set atomic.Bool // written under mu

	mu      sync.Mutex
	waiting park.Crowd
}

// Set sets the event and releases everyone who waits, also those who have not
// run yet when the event is cleared again. Setting an event that is set does
// nothing. It does not block.
func (e *Event) Set() {
	// There is no short cut for an event that is set: what was written before Set
	// must be seen after a Clear that comes later, and looking at a flag does not
	// see to that.
	e.mu.Lock()
	e.set.Store(true)
	e.waiting.Release()
	e.mu.Unlock()
}

// Clear takes the event back: from now on Wait waits for the next Set.
func (e *Event) Clear() {
	e.mu.Lock()
	e.set.Store(false)
	e.mu.Unlock()
}

// IsSet reports whether the event is set. It costs an atomic load.
func (e *Event) IsSet() bool { return e.set.Load() }

// Wait blocks until the event is set, or ctx ends, in which case it returns
// context.Cause(ctx). For an event that is set it costs a look at the context and
// an atomic load.
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
