package ws

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/netx"
)

// Handler returns an http.Handler that accepts WebSockets, as [Accept] does, and calls handle
// for each in a goroutine of its own. The goroutine and the buffers that net/http had for the
// request are free then, so that a connection that waits for a message costs some 5 KB.
//
// The context of handle has the values of the request's. It ends when handle returns, the
// connection ends, or the grace of a server of httpx is over. netx.Draining of it ends when the server shuts down; pass that to Read, and
// return its error.
//
// When handle returns, the connection is closed, if it is not yet: with [Normal] after nil,
// with [GoingAway] when the server shuts down, and with [Internal] after an error or a panic.
// AcceptOptions.OnError gets these; the other side is not told more.
func Handler(handle func(context.Context, *Conn) error, options ...AcceptOptions) http.Handler {
	o := acceptOptions("Handler", options)
	if o.OnError == nil {
		o.OnError = func(from net.Addr, err error) {
			slog.Default().Error("ws: a handler failed", "remote", from, "error", err)
		}
	}
	var servers drains
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := accept(w, r, &o)
		if err != nil {
			return // it was answered, or the client is gone
		}
		c.handler = newHandlerContext(r.Context(), c, &servers)
		go c.serve(handle, o.OnError)
	})
}

// serve runs a handler, and closes the connection.
func (c *Conn) serve(handle func(context.Context, *Conn) error, onError func(net.Addr, error)) {
	err := panics.ErrGoexit // if nothing else is known
	defer func() {
		if v := recover(); v != nil {
			err = panics.From(v).Err()
		}
		c.finish(err, onError)
	}()
	err = handle(c.handler, c)
}

// finish closes the connection after its handler.
func (c *Conn) finish(err error, onError func(net.Addr, error)) {
	code := Normal
	if c.handler.draining() {
		code = GoingAway
	}
	if err != nil && !expected(err) {
		code = Internal
		if !errors.Is(err, http.ErrAbortHandler) {
			defer onError(c.RemoteAddr(), err)
		}
	}
	c.handler.end(context.Canceled)
	_ = c.Close(code, "") // that the other side does not answer is its own affair
}

// expected reports whether err says no more than that a connection has ended: it was closed
// by either side, or lost.
func expected(err error) bool {
	_, closed := errors.AsType[*CloseError](err)
	_, lost := errors.AsType[*wrapped](err)
	return closed || lost || errors.Is(err, netx.ErrDraining) || errors.Is(err, ErrClosed) || errors.Is(err, ErrPong)
}
