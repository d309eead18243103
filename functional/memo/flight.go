package memo

import (
	"context"

	"github.com/fanfold/fanfold/internal/panics"
)

// A flight is one call of a cache's load function and the Gets that wait for it. It
// is in the cache's flights while it can be joined and its value will be kept;
// it leaves them when it ends, when its key is forgotten and when no Get waits
// any more.
//
// The last to leave cancels the call but waits for its end: a load runs only
// while a Get does, so that nothing is left behind and its panic always has
// a caller to arrive at.
type flight[K comparable, V any] struct {
	key     K
	load    load                    // what waits for whom; in one allocation with its flight
	waiters int                     // guarded by the cache's lock
	aloft   bool                    // in the cache's flights; guarded likewise
	done    chan struct{}           // closed when the call has ended; nil while none needs it
	cancel  context.CancelCauseFunc // nil when the first waiter, which cannot leave, runs the call

	// What the call ended with, set by then.
	value  V
	err    error
	caught *panics.Caught
}

// keyOf is the key of f, for an error.
func (f *flight[K, V]) keyOf() any { return f.key }

// await makes sure that there is something to wait for. The cache's lock must
// be held.
func (f *flight[K, V]) await() {
	if f.done == nil {
		f.done = make(chan struct{})
	}
}

// outcome returns what f ended with, or panics or exits with it.
func (f *flight[K, V]) outcome() (V, error) {
	f.caught.Raise()
	return f.value, f.err
}

// launch runs f in a goroutine for a Get with the context ctx. The load has the
// values of that context but ends with the last waiter, not with this one.
func (c *Cache[K, V]) launch(ctx context.Context, key K, f *flight[K, V]) {
	c.mu.Lock()
	f.await()
	c.mu.Unlock()
	ctx, f.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	go c.run(ctx, key, f)
}

// run calls the load function and ends f with what it did.
func (c *Cache[K, V]) run(ctx context.Context, key K, f *flight[K, V]) {
	cost := 0
	end := func(caught *panics.Caught) {
		f.caught = caught
		c.land(key, f, cost)
	}
	end(panics.Try(func() {
		f.value, f.err = c.load(f.load.within(ctx), f.key)
		if f.err == nil {
			cost = c.weigh(key, f.value)
		}
	}, end))
}

// land keeps what f brought, unless its key has been forgotten or all
// waiters have left. It tells the evicted function what had to go, and then the waiters.
func (c *Cache[K, V]) land(key K, f *flight[K, V], cost int) {
	c.mu.Lock()
	failed := f.err != nil || f.caught != nil
	if failed {
		c.stats.Failures++
	}
	var gone []entry[K, V]
	if c.ground(key, f) && !failed {
		gone = c.store(key, f.value, cost)
	}
	done := f.done // no Get joins from here on
	c.mu.Unlock()

	end := func(caught *panics.Caught) {
		f.caught = caught
		if done != nil {
			close(done)
		}
		if f.cancel != nil {
			f.cancel(nil)
		}
	}
	if len(gone) == 0 {
		end(f.caught)
		return
	}
	end(panics.Try(func() {
		c.tell(gone)
	}, end))
}

// ground keeps f from being joined and its value from being kept, and reports
// whether that was still possible. The cache's lock must be held.
func (c *Cache[K, V]) ground(key K, f *flight[K, V]) bool {
	if !f.aloft {
		return false
	}
	f.aloft = false
	delete(c.flights, key)
	return true
}

// wait returns what came of f or, when ctx ends before, its cause.
func (c *Cache[K, V]) wait(ctx context.Context, done <-chan struct{}, key K, f *flight[K, V]) (V, error) {
	select {
	case <-f.done:
		return f.outcome()
	case <-done:
	}
	c.leave(ctx, key, f)
	select {
	case <-f.done:
		if v, err := f.outcome(); err == nil {
			return v, nil
		}
	default:
	}
	var zero V
	return zero, context.Cause(ctx)
}

// leave gives up waiting for f, whose call ends with the last waiter.
func (c *Cache[K, V]) leave(ctx context.Context, key K, f *flight[K, V]) {
	cause := context.Canceled
	c.mu.Lock()
	f.waiters--
	last := f.waiters == 0
	if last {
		c.ground(key, f)
	}
	c.mu.Unlock()
	if last {
		defer func() { // also when ctx panics
			f.cancel(cause)
			<-f.done
		}()
		cause = context.Cause(ctx)
	}
}
