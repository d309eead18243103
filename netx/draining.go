package netx

import (
	"context"
	"errors"

	"github.com/fanfold/fanfold/netx/internal/drain"
)

// ErrDraining is the cause of the contexts that [Draining] returns, when the server
// begins to shut down.
var ErrDraining = errors.New("netx: the server is shutting down")

// Draining returns a context that ends when the server of a handler begins to shut
// down, with [ErrDraining] as its cause. It also ends with ctx, for ctx's cause, and has
// its values. A handler passes the returned context to calls that wait for something
// new, and its own context to those that complete what has begun:
//
//	msg, err := conn.Read(netx.Draining(ctx)) // nothing new after the server's end
//	…
//	err = conn.Write(ctx, answer) // the grace is there for this
//
// ctx is the context of the handler, or derived from it: of [Serve], of [ServeUDP], of
// the servers in the packages below, or made by [WithDraining]. From any other context
// Draining returns ctx itself. Draining does not block. A call allocates some 400 bytes,
// which are held until ctx ends.
func Draining(ctx context.Context) context.Context {
	if h, ok := ctx.(drain.Handler); ok {
		return h.Draining()
	}
	draining := drain.Of(ctx)
	if draining == nil || ctx.Err() != nil {
		return ctx
	}
	both, cancel := context.WithCancelCause(ctx)
	end := func() {
		// If both have ended, ctx has the cause: draining may be derived from the same
		// context as ctx.
		if ctx.Err() != nil {
			cancel(context.Cause(ctx))
			return
		}
		cancel(ErrDraining)
	}
	if draining.Err() != nil {
		end()
		return both
	}
	stop := context.AfterFunc(draining, end)
	context.AfterFunc(both, func() { stop() }) // a handler that returns leaves nothing in the server's context
	return both
}

// WithDraining returns ctx with a draining context, for a server that is not of these
// packages. [Draining] of the result ends with [ErrDraining] when draining ends. The
// innermost WithDraining counts. It panics when draining is nil.
func WithDraining(ctx, draining context.Context) context.Context {
	if draining == nil {
		panic("netx: WithDraining with a nil context")
	}
	return context.WithValue(ctx, drain.Key{}, draining)
}
