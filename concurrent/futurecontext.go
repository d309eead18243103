package concurrent

import (
	"context"
	"time"
)

// workContext is the context of a future's function: it ends with the parent,
// with Cancel, and when the future ends. It is the future itself under another
// name, and becomes a real context, derived from the parent, when code asks
// to be told of its end: most functions never do, and a real context costs three
// allocations and a lock of the parent's.
//
// package context finds the real one through Value as soon as it is there, and
// everything there that cares calls Done or Err first: derived contexts and
// AfterFunc need no goroutine, and context.Cause finds the cause.
type workContext core

// context returns the context of c's function.
func (c *core) context() context.Context { return (*workContext)(c) }

func (w *workContext) base() context.Context {
	if w.parent == nil {
		return context.Background()
	}
	return w.parent
}

// Deadline returns the parent's deadline.
func (w *workContext) Deadline() (time.Time, bool) { return w.base().Deadline() }

// Done returns a channel that is closed at the end of the context.
func (w *workContext) Done() <-chan struct{} { return (*core)(w).derive().Done() }

// Err returns nil until the context has ended.
func (w *workContext) Err() error {
	c := (*core)(w)
	flags := c.flags.Load()
	if flags&(asked|derived) == 0 && FutureState(flags&stateMask) < Done {
		return w.base().Err()
	}
	return c.derive().Err() // has the cause, for context.Cause
}

// Value returns the parent's value of key.
func (w *workContext) Value(key any) any {
	if c := (*core)(w); c.flags.Load()&derived != 0 {
		return c.derive().Value(key)
	}
	return w.base().Value(key)
}

// String keeps code that prints contexts from printing what other goroutines are
// writing.
func (w *workContext) String() string { return "concurrent.Future.Context" }

// derive returns the real context, making it if need be.
func (c *core) derive() context.Context {
	if ctx := c.derivedContext(); ctx != nil {
		return ctx
	}
	// Not under the lock: the parent may be of the user's making.
	ctx, cancel := context.WithCancelCause((*workContext)(c).base())
	c.mu.Lock()
	more := c.extra()
	if more.ctx != nil {
		c.mu.Unlock()
		cancel(nil) // another goroutine was faster
		return more.ctx
	}
	more.ctx, more.cancel = ctx, cancel
	c.flags.Or(derived)
	cause, over := more.cause, c.ended()
	c.mu.Unlock()
	if cause != nil || over {
		cancel(cause)
	}
	return ctx
}

func (c *core) derivedContext() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.more == nil {
		return nil
	}
	return c.more.ctx
}
