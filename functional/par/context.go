package par

import (
	"context"
	"sync"
	"sync/atomic"
)

// A callContext is the context that the functions of a call get: a child of the
// caller's that the call can cancel. Most functions never wait for it, so the
// cancelable child, which has to be registered with its parent, is only made for
// the first that asks for its Done channel.
type callContext struct {
	context.Context // the caller's

	mu     sync.Mutex
	child  atomic.Pointer[context.Context] // says Done and Err; nil while no function asked
	cancel context.CancelFunc              // child's
}

// canceled is the child of a context that was canceled before anybody asked.
var canceled = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// Done returns a channel that is closed when the caller's context or the call
// ends.
func (c *callContext) Done() <-chan struct{} {
	if child := c.child.Load(); child != nil {
		return (*child).Done()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	child := c.child.Load()
	if child == nil {
		var ctx context.Context
		ctx, c.cancel = context.WithCancel(c.Context)
		child = &ctx
		c.child.Store(child)
	}
	return (*child).Done()
}

// Err returns the caller's error, or context.Canceled when the call ended
// first.
func (c *callContext) Err() error {
	if child := c.child.Load(); child != nil {
		return (*child).Err()
	}
	return c.Context.Err()
}

// Value asks the child first: contexts derived from c register with it, and
// context.Cause finds its cause.
func (c *callContext) Value(key any) any {
	if child := c.child.Load(); child != nil {
		if v := (*child).Value(key); v != nil {
			return v
		}
	}
	return c.Context.Value(key)
}

// over reports whether ctx has ended. A context of the user's making may panic: then it
// has not, and what asks it next in a function's or the caller's place raises the panic.
func over(ctx context.Context) (ended bool) {
	defer func() { _ = recover() }()
	return ctx.Err() != nil
}

// end cancels c. It can be called more than once.
func (c *callContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.cancel != nil:
		c.cancel()
	case c.child.Load() != nil:
	case over(c.Context):
		c.child.Store(&c.Context)
	default:
		c.child.Store(&canceled)
	}
}
