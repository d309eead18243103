package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/internal/sock"
)

// ServeOptions are the options of [Serve]. Zero values are the defaults.
type ServeOptions struct {
	// Server is the server to run. Serve fills its fields that are zero:
	// ReadHeaderTimeout with 10 s, IdleTimeout with 2 min, MaxHeaderBytes with 64 KiB, and
	// Handler, TLSConfig and BaseContext. It also puts functions of its own before
	// ConnContext and ConnState, and turns unencrypted HTTP/2 off. The server cannot be
	// used again. nil means a new one.
	Server *http.Server
	// TLS, if it is not nil, makes the server speak TLS, HTTP/2 included.
	TLS *tls.Config

	// Stall is how long a connection may go without a byte in either direction while the
	// server waits for the client: for more of a body, or for room to write. Then it is
	// closed. Large bodies take the time that they need. Zero means 1 min, and negative
	// means forever.
	Stall time.Duration
	// Grace is how long requests and hijacked connections may go on after the end of the
	// server's context. Zero means 10 s, and negative means that they are cut at once.
	Grace time.Duration
	// MaxConns is the largest number of connections at a time, hijacked ones included.
	// While there are so many, the server accepts no more. Zero means 10,000, and -1 means
	// no bound.
	MaxConns int
}

// Serve serves HTTP on l with handler. It takes l over, and closes it at the end. It blocks
// until ctx ends, and then until all requests are answered, at most for the time of Grace.
// It returns nil, or a *[netx.CutError] if it had to close connections after that, or the
// error of an accept that will not succeed again.
//
// When ctx ends Serve accepts no more, closes idle connections, and ends netx.Draining of
// the requests' contexts. Unlike http.Server.Shutdown it waits for hijacked connections as
// well, until they are closed: a handler that hijacks ends with netx.Draining. The requests'
// own contexts go on until the end of Grace, also when they have ctx's values. When all is
// cut Serve waits one second more for handlers that have not returned.
//
// handler's ResponseWriter is that of net/http with HTTP/1, with all of its methods. nil
// stands for the server's Handler, or http.DefaultServeMux. Errors of connections go to the
// server's ErrorLog, as in net/http. Serve panics if an option is out of range.
func Serve(ctx context.Context, l net.Listener, handler http.Handler, options ...ServeOptions) error {
	o := optional.One("httpx", "Serve", options)
	if o.MaxConns < -1 {
		panic(fmt.Sprintf("httpx: Serve with MaxConns %d", o.MaxConns))
	}
	o.MaxConns = orDefault(o.MaxConns, 10_000)
	o.Stall = orDefault(o.Stall, time.Minute)
	o.Grace = orDefault(o.Grace, 10*time.Second)
	if o.Server == nil {
		o.Server = &http.Server{}
	}
	if ctx.Err() != nil {
		l.Close()
		return nil
	}
	listener := sock.Wrap(l, sock.Options{MaxConns: o.MaxConns, Idle: o.Stall, ErrIdle: ErrStall, OnError: o.logError})
	defer listener.Close()
	s := newServer(ctx, listener, o)
	defer s.cut(netx.ErrClosed)
	defer s.drain()
	s.prepare(handler)
	stop := context.AfterFunc(s.draining, listener.Drain)
	defer stop()

	var err error
	if o.TLS != nil {
		err = s.http.ServeTLS(acceptor{listener, false}, "", "")
	} else {
		err = s.http.Serve(acceptor{listener, true})
	}
	if ctx.Err() != nil || errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	s.drain()
	left := s.finish(o.Grace)
	switch {
	case err == nil:
		return left
	case left == nil:
		return err
	}
	return errors.Join(err, left)
}

// orDefault returns v, or def for zero.
func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// logError tells of an accept that is tried again.
func (o *ServeOptions) logError(addr net.Addr, err error) {
	if log := o.Server.ErrorLog; log != nil {
		log.Printf("httpx: %v: %v", addr, err)
		return
	}
	slog.Default().Error("httpx: an accept failed", "addr", addr, "error", err)
}
