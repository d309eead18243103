package ws

import (
	"context"
	"sync"
	"time"

	"github.com/fanfold/fanfold/netx"
	draining "github.com/fanfold/fanfold/netx/internal/drain"
)

// A handlerContext is the context of a handler: it has the values of the request's context,
// and ends with the connection. It is no context of the standard library since a connection
// that waits for a message has two of these: together with what waits for their ends they
// would take 1.7 KB. This one makes what it needs when it is asked for it.
type handlerContext struct {
	context.Context // of the request, without its end
	conn            *Conn
	drained         drainedContext

	drain      *drain // nil if the server does not tell when it shuts down
	prev, next *handlerContext

	mu    sync.Mutex
	ended bool
	down  bool // the server was shutting down before
	cause error
	late  *ending // of this context
	early *ending // of drained
}

// An ending is a context of the standard library.
type ending struct {
	context.Context
	cancel context.CancelCauseFunc
}

// newHandlerContext returns the context for a connection.
func newHandlerContext(request context.Context, c *Conn, d *drains) *handlerContext {
	h := &handlerContext{Context: context.WithoutCancel(request), conn: c}
	h.drained.h = h
	d.join(h, draining.Of(request))
	return h
}

// draining reports whether the server shuts down.
func (h *handlerContext) draining() bool { return h.drain != nil && h.drain.server.Err() != nil }

// end ends both contexts.
func (h *handlerContext) end(cause error) {
	down := h.draining()
	h.mu.Lock()
	if h.ended {
		h.mu.Unlock()
		return
	}
	h.ended, h.down, h.cause = true, down, cause
	late, early := h.late, h.early
	h.mu.Unlock()
	if h.drain != nil {
		h.drain.leave(h)
	}
	if early != nil {
		early.cancel(h.drained.cause())
	}
	if late != nil {
		late.cancel(cause)
	}
}

// inner returns a context of the standard library that ends when h does.
func (h *handlerContext) inner() context.Context {
	h.mu.Lock()
	if h.late == nil {
		ctx, cancel := context.WithCancelCause(h.Context)
		h.late = &ending{ctx, cancel}
	}
	late, ended, cause := h.late, h.ended, h.cause
	h.mu.Unlock()
	if ended {
		late.cancel(cause)
	}
	return late.Context
}

func (h *handlerContext) Done() <-chan struct{} { return h.inner().Done() }

func (h *handlerContext) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return context.Canceled
	}
	return nil
}

// Value looks at the request's values first. What is not there is perhaps something that
// package context looks for.
func (h *handlerContext) Value(key any) any {
	if v := h.Context.Value(key); v != nil {
		return v
	}
	return h.inner().Value(key)
}

// Draining makes a handlerContext a Handler of package drain.
func (h *handlerContext) Draining() context.Context {
	if h.drain == nil {
		return h
	}
	return &h.drained
}

// A drainedContext also ends when the server shuts down.
type drainedContext struct{ h *handlerContext }

// cause returns why the context has ended.
func (d *drainedContext) cause() error {
	d.h.mu.Lock()
	defer d.h.mu.Unlock()
	if d.h.ended && !d.h.down {
		return d.h.cause
	}
	return netx.ErrDraining
}

func (d *drainedContext) inner() context.Context {
	h := d.h
	h.mu.Lock()
	made := h.early == nil
	if made {
		ctx, cancel := context.WithCancelCause(h.Context)
		h.early = &ending{ctx, cancel}
	}
	early, ended := h.early, h.ended
	h.mu.Unlock()
	switch {
	case ended || h.draining():
		early.cancel(d.cause())
	case made:
		stop := context.AfterFunc(h.drain.server, func() { early.cancel(netx.ErrDraining) })
		context.AfterFunc(early, func() { stop() })
	}
	return early.Context
}

func (d *drainedContext) Deadline() (deadline time.Time, ok bool) { return d.h.Deadline() }

func (d *drainedContext) Done() <-chan struct{} { return d.inner().Done() }

func (d *drainedContext) Err() error {
	if d.h.draining() {
		return context.Canceled
	}
	return d.h.Err()
}

func (d *drainedContext) Value(key any) any {
	if v := d.h.Context.Value(key); v != nil {
		return v
	}
	return d.inner().Value(key)
}

// sourceOf returns the context that has to be waited for while c waits for the other side:
// ctx, or none if that is the context of c's own handler. The end of c need not be waited for,
// and the server's shutdown interrupts by itself.
func (c *Conn) sourceOf(ctx context.Context) context.Context {
	if c.handler == nil {
		return ctx
	}
	switch d := ctx.(type) {
	case *handlerContext:
		if d != c.handler {
			return ctx
		}
	case *drainedContext:
		if d.h != c.handler {
			return ctx
		}
	default:
		return ctx
	}
	return context.Background()
}
