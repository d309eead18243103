package netx

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/netx/internal/sock"
)

// Serve accepts connections of l and calls handle for each of them, in a goroutine of its
// own. It takes l over and closes it at the end. It blocks until ctx ends, and then until
// the handlers have returned, at most for the time of Grace (see [Draining]). It returns
// nil, or a *[CutError] if it had to close connections after that, or the error of an
// accept that will not succeed again.
//
// The connection is closed when handle returns: first towards the peer, so that the peer
// gets all that was written also if it is still sending. That takes two seconds at most,
// as long as something comes, and a second otherwise. A handle that blocks in a read ends
// with the drain only if it is told so: see [Draining].
//
// The net.Conn that handle gets has the methods ReadFrom, which sends files by sendfile,
// CloseWrite, CloseRead and SyscallConn, and NetConn for the connection that was accepted,
// such as a *tls.Conn. handle's context ends when handle returns, for [ErrClosed] after the
// grace, and not when the peer leaves: a read tells that.
//
// An error that handle returns, and a panic, end the connection and go to OnError. An
// error that matches [ErrDraining] does not. When a file descriptor is lacking (EMFILE),
// Serve pauses for 5 ms to 1 s. A handle that does not return when its context has ended
// and its connection is closed is waited for one second more, and then left behind: Go
// cannot end a goroutine.
//
// Serve panics if handle is nil or an option is out of range. A connection costs a
// goroutine and a timer, and an operation some 50 ns for the measurement of Idle.
func Serve(ctx context.Context, l net.Listener, handle func(context.Context, net.Conn) error, options ...ServeOptions) error {
	if handle == nil {
		panic("netx: Serve with a nil function")
	}
	o := serveOptions("Serve", options)
	listener := sock.Wrap(l, sock.Options{
		MaxConns: o.MaxConns, MaxPerIP: o.MaxPerIP, Idle: o.Idle,
		OnError: o.OnError, ErrIdle: ErrIdle, ErrTooMany: ErrTooManyConns,
	})
	defer listener.Close()
	if ctx.Err() != nil {
		return nil
	}

	draining, drain := context.WithCancel(ctx)
	defer drain()
	base, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(ErrClosed)
	s := &server{o, handle, draining}
	base = WithDraining(base, draining)
	stop := context.AfterFunc(draining, listener.Drain)
	defer stop()

	var failed error
	for {
		c, err := listener.Next()
		if err != nil {
			if ctx.Err() == nil {
				failed = err
			}
			break
		}
		go s.serve(base, c)
	}
	drain()
	listener.Close()
	switch left := finish(listener, o.Grace, cut); {
	case failed == nil:
		return left
	case left == nil:
		return failed
	default:
		return errors.Join(failed, left)
	}
}

// late is how long a server waits for handlers whose connections it has cut.
const late = time.Second

// finish waits for the end of the connections, and cuts those that are left after the
// grace. cut ends their handlers' contexts.
func finish(listener *sock.Listener, grace time.Duration, cut context.CancelCauseFunc) error {
	if wait(listener, grace) {
		return nil
	}
	n := listener.Cut(ErrClosed)
	cut(ErrClosed)
	wait(listener, late)
	if n == 0 { // they had returned, and waited for their peers
		return nil
	}
	return &CutError{n}
}

// wait waits until all connections are freed, and reports whether they are after d.
func wait(listener *sock.Listener, d time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), max(d, 0))
	defer cancel()
	return listener.Wait(ctx)
}

// A server is what Serve has for its connections.
type server struct {
	options  ServeOptions
	handle   func(context.Context, net.Conn) error
	draining context.Context
}

// serve serves a connection to its end.
func (s *server) serve(ctx context.Context, c *sock.Conn) {
	defer c.Free()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := s.handshake(c); err != nil {
		s.report(c, err)
		return
	}
	var err error
	caught := panics.Try(func() { err = s.handle(ctx, c) }, func(exit *panics.Caught) { s.report(c, exit.Err()) })
	if caught != nil {
		s.report(c, caught.Err())
		return
	}
	if err != nil {
		s.report(c, err)
	}
	c.Finish()
}

// handshake makes the handshake of a connection that has one, as a tls.Conn.
func (s *server) handshake(c *sock.Conn) error {
	shaker, ok := c.NetConn().(interface{ HandshakeContext(context.Context) error })
	if !ok {
		return nil
	}
	ctx := s.draining // who has not even finished its handshake is idle
	if s.options.Handshake > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.options.Handshake)
		defer cancel()
	}
	if err := shaker.HandshakeContext(ctx); err != nil {
		if s.draining.Err() != nil {
			return ErrDraining
		}
		return err
	}
	return nil
}

// report tells of the error of a connection, unless it is of the server's making.
func (s *server) report(c *sock.Conn, err error) {
	if s.draining.Err() != nil {
		if _, panicked := errors.AsType[*PanicError](err); !panicked && (errors.Is(err, ErrDraining) || c.Cause() == ErrClosed) {
			return
		}
	}
	s.options.OnError(c.RemoteAddr(), err)
}
