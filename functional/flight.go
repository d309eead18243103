package functional

import (
	"context"
	"errors"

	"github.com/fanfold/fanfold/internal/panics"
)

// A flight is one call of a cache's load function and those who wait for it. It
// is in the cache's flights while it can be joined and its value will be kept;
// it leaves them when it ends, when its key is forgotten and when nobody waits
// any more.
//
// The last to leave cancels the call but waits for its end: a load runs only
// while a Get does, so that nothing is left behind and its panic always has
// somebody to arrive at.
type flight[V any] struct {
	waiters int                     // guarded by the cache's lock
	cancel  context.CancelCauseFunc // nil while the first waiter, who cannot leave, runs the call itself

	done  chan struct{} // closed when the rest is set
	value V
	err   error
	fatal error // *PanicError or panics.ErrGoexit
}

// errLanded is the cause with which the context of a load ends that has
// returned.
var errLanded = errors.New("functional: the load has returned")

// start begins the flight f for a Get with the context ctx. The load has the
// values of that context but ends with the last waiter, not with this one. A
// context that cannot end needs neither a goroutine nor a context of its own.
func (c *Cache[K, V]) start(ctx context.Context, key K, f *flight[V]) {
	if ctx.Done() == nil {
		c.run(ctx, key, f)
		return
	}
	ctx, f.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	go c.run(ctx, key, f)
}

// run calls the load function, keeps its value and tells the waiters.
func (c *Cache[K, V]) run(ctx context.Context, key K, f *flight[V]) {
	end := func(fatal error) {
		f.fatal = fatal
		c.land(key, f)
	}
	end(panics.Try(func() {
		f.value, f.err = c.load(ctx, key)
		if f.err == nil {
			c.keep(key, f)
		}
	}, end))
}

// land ends the flight f.
func (c *Cache[K, V]) land(key K, f *flight[V]) {
	c.mu.Lock()
	if f.err != nil || f.fatal != nil {
		c.stats.Failures++
	}
	c.ground(key, f)
	c.mu.Unlock()
	close(f.done)
	if f.cancel != nil {
		f.cancel(errLanded)
	}
}

// ground keeps f from being joined and its value from being kept, and reports
// whether that was still possible. The cache's lock must be held.
func (c *Cache[K, V]) ground(key K, f *flight[V]) bool {
	if c.flights[key] != f {
		return false
	}
	delete(c.flights, key)
	return true
}

// wait returns what came of f or, when ctx ends before, its cause.
func (c *Cache[K, V]) wait(ctx context.Context, key K, f *flight[V]) (V, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		c.leave(ctx, key, f)
		select {
		case <-f.done:
			if f.err != nil && f.fatal == nil {
				return f.value, context.Cause(ctx)
			}
		default:
			var zero V
			return zero, context.Cause(ctx)
		}
	}
	panics.Raise(f.fatal)
	return f.value, f.err
}

// leave gives up waiting for f, whose call ends with the last waiter.
func (c *Cache[K, V]) leave(ctx context.Context, key K, f *flight[V]) {
	c.mu.Lock()
	f.waiters--
	last := f.waiters == 0
	if last {
		c.ground(key, f)
	}
	c.mu.Unlock()
	if last {
		f.cancel(context.Cause(ctx))
		<-f.done
	}
}
