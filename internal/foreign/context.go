// Package foreign calls code that is not this module's own, at moments when a panic of
// it would leave something half done.
package foreign

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
)

// A Context has the methods of another context, which may be anybody's. A panic of these
// is kept: the method returns what says that the context has ended, and [Context.Raise]
// goes on with the panic, when nothing is half done any more.
type Context struct {
	ctx   context.Context
	done  <-chan struct{}
	burst atomic.Pointer[panics.Caught]
}

// endless is for all contexts that never end.
var endless = &Context{ctx: context.Background()}

// Guard returns a Context for ctx. A panic of ctx in it goes its way.
func Guard(ctx context.Context) *Context {
	if g, ok := ctx.(*Context); ok {
		return g
	}
	done := ctx.Done()
	if done == nil {
		if _, bounded := ctx.Deadline(); !bounded {
			return endless
		}
	}
	return &Context{ctx: ctx, done: done}
}

// Burst returns the first panic of a method of the context, nil for none.
func (c *Context) Burst() *panics.Caught { return c.burst.Load() }

// Raise panics if a method of the context has.
func (c *Context) Raise() { c.Burst().RaisePanic() }

// keep keeps the panic that is under way, if there is one. It is deferred.
func (c *Context) keep() {
	if v := recover(); v != nil {
		c.burst.CompareAndSwap(nil, panics.From(v))
	}
}

// Done returns the channel that the context had.
func (c *Context) Done() <-chan struct{} { return c.done }

// Err returns nil until Done is closed, and then the context's error, never nil.
func (c *Context) Err() (err error) {
	select {
	case <-c.done:
	default:
		return nil
	}
	defer c.keep()
	err = context.Canceled // what stays after a panic
	if e := c.ctx.Err(); e != nil {
		err = e
	}
	return err
}

// Deadline returns the context's deadline.
func (c *Context) Deadline() (deadline time.Time, ok bool) {
	defer c.keep()
	return c.ctx.Deadline()
}

// Value returns the context's value for key.
func (c *Context) Value(key any) (value any) {
	defer c.keep()
	return c.ctx.Value(key)
}
