package sock

import (
	"context"
	"sync"
	"time"
)

// An Interrupt ends the reads, or the writes, of a connection with a context, by its
// deadline. It stays with a context from call to call, so that calls with the same one
// cost no allocation.
type Interrupt struct {
	set func(time.Time) error // SetReadDeadline or SetWriteDeadline

	mu    sync.Mutex
	stop  func() bool     // guarded by mu, as all that follows
	done  <-chan struct{} // of the context that it is with
	turn  int             // counts contexts
	fired bool            // the deadline has been set
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// NewInterrupt returns an Interrupt that sets a deadline by set.
func NewInterrupt(set func(time.Time) error) *Interrupt { return &Interrupt{set: set} }

// With makes the end of ctx end the calls that follow, in place of the context before.
// One goroutine at a time may call it.
func (i *Interrupt) With(ctx context.Context) error {
	done := ctx.Done()
	i.mu.Lock()
	if done == i.done {
		i.mu.Unlock()
		return nil
	}
	stop, fired := i.stop, i.fired
	i.turn++
	turn := i.turn
	i.stop, i.done, i.fired = nil, done, false
	i.mu.Unlock()
	if stop != nil {
		stop()
	}
	if fired {
		if err := i.set(time.Time{}); err != nil {
			return err
		}
	}
	if done == nil {
		return nil
	}
	stop = context.AfterFunc(ctx, func() { // not under mu: ctx may be anybody's
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.turn == turn {
			i.fired = true
			i.set(past) // an error says that the connection is closed: that ends calls, too
		}
	})
	i.mu.Lock()
	i.stop = stop
	i.mu.Unlock()
	return nil
}

// Stop forgets the context.
func (i *Interrupt) Stop() {
	i.mu.Lock()
	stop := i.stop
	i.turn++
	i.stop, i.done = nil, nil
	i.mu.Unlock()
	if stop != nil {
		stop()
	}
}
