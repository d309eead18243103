package concurrent

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/list"
)

// core is what futures of all types have in common: the state, the failure, and
// what is told of its end. Its zero value is pending.
//
// A future that is made, run and asked for its result when it has one needs
// neither a channel nor a context nor callbacks: these are made by the first call
// that needs them.
type core struct {
	mu     sync.Mutex      // held for a few instructions, never over a call of the user's code
	flags  atomic.Uint32   // the State and flags; written under mu
	queued bool            // in lane; guarded by its pool's lock
	done   chan struct{}   // closed at the end; nil while no goroutine waits
	failed *failed         // set before the state becomes final; nil after success
	parent context.Context // what the function's context is derived from; nil: Background
	more   *more           // nil for most
	lane   *lane           // of the pool it was queued in, if any
}

const (
	stateMask = 3
	asked     = 1 << 2 // Cancel was called while the function ran
	observed  = 1 << 3 // Done or OnDone was called
	derived   = 1 << 4 // more.ctx is there
	named     = 1 << 5 // more.name is there; set before another goroutine has the future
)

// more is what few futures need. It is guarded by core.mu.
type more struct {
	callbacks list.List[ending]
	ctx       context.Context // see workContext
	cancel    context.CancelCauseFunc
	cause     error  // of the first Cancel while the function ran
	name      string // of the task
}

func (c *core) state() FutureState { return FutureState(c.flags.Load() & stateMask) }
func (c *core) ended() bool        { return c.state() >= Done }

// extra returns c.more, making it if need be. c.mu must be held.
func (c *core) extra() *more {
	if c.more == nil {
		c.more = new(more)
	}
	return c.more
}

// await waits for the end of c or returns the cause of the end of ctx.
func (c *core) await(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if c.ended() {
		return nil
	}
	done := c.channel(0)
	if ctx.Done() == nil {
		<-done
		return nil
	}
	select {
	case <-done:
	case <-ctx.Done():
		if !c.ended() {
			return context.Cause(ctx)
		}
	}
	return nil
}

// channel returns what is closed at the end of c, and sets flag, if any.
func (c *core) channel(flag uint32) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended() {
		if flag == observed && c.failed != nil {
			c.failed.observe()
		}
		return closed.Channel
	}
	c.flags.Or(flag)
	if c.done == nil {
		c.done = make(chan struct{})
	}
	return c.done
}

// watch adds cb to what is called at the end of c and sets flag, if any. It
// returns false if c has ended: the caller then calls cb itself.
func (c *core) watch(cb *callback, flag uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended() {
		if flag == observed && c.failed != nil {
			c.failed.observe()
		}
		return false
	}
	c.flags.Or(flag)
	c.extra().callbacks.Push(cb)
	return true
}

// unwatch takes cb back and reports whether it will not be called.
func (c *core) unwatch(cb *callback) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.ended() && c.more != nil && c.more.callbacks.Remove(cb)
}

// cancel is Future.Cancel.
func (c *core) cancel(cause error) bool {
	if cause == nil {
		cause = context.Canceled
	}
	c.mu.Lock()
	switch c.state() {
	case Pending:
		c.seal(Canceled, &failed{err: &CanceledError{Cause: cause}})
		return true
	case Running:
		more := c.extra()
		if c.flags.Load()&asked == 0 {
			c.flags.Or(asked)
			more.cause = cause
		}
		cancel := more.cancel
		c.mu.Unlock()
		if cancel != nil {
			cancel(cause)
		}
		return true
	}
	c.mu.Unlock()
	return false
}

// name returns the name the task was given, if any.
func (c *core) name() string {
	if c.flags.Load()&named == 0 {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.more.name
}

// seal ends c and tells all that wait. c.mu must be held; seal releases it.
func (c *core) seal(state FutureState, failed *failed) { callAll(c.sealed(state, failed)) }

// sealed is seal but for the callbacks, of which it returns the first.
func (c *core) sealed(state FutureState, failed *failed) *callback {
	c.failed = failed
	flags := c.flags.Load()
	c.flags.Store(flags&^stateMask | uint32(state))
	done := c.done
	var cancel context.CancelCauseFunc
	var first *callback
	if c.more != nil {
		cancel, first = c.more.cancel, c.more.callbacks.First()
		c.more.callbacks = list.List[ending]{} // no callback can be taken back any more
	}
	c.mu.Unlock()

	if state == Canceled && c.lane != nil {
		c.lane.drop(c)
	}
	if failed != nil && state == Done && flags&observed == 0 {
		failed.guard(c)
	}
	if done != nil {
		close(done)
	}
	if cancel != nil {
		cancel(nil)
	}
	return first
}
