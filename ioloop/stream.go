package ioloop

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/panics"
)

// A Stream is a connection for goroutines: asyncio's reader and writer, and a net.Conn
// with deadlines. [Conn.Stream], [Streams] and [Loop.Dial] make streams. Any goroutine
// may call the methods, but no callback of the loop, for which they would wait. Of
// several goroutines that read, or write, one does so at a time.
//
// Package net is faster for code of this kind: each wait costs a switch between the
// goroutine and the loop. Use a Stream where most connections of the program have
// callbacks, or for a protocol that begins in a goroutine.
type Stream struct {
	conn    *Conn
	loop    *Loop
	options *ConnOptions
	local   net.Addr
	remote  net.Addr

	reading concurrent.Lock // held by the goroutine that reads
	writing concurrent.Lock // and by the one that writes

	mu      sync.Mutex
	in      []byte        // what has come; guarded by mu, as is the rest
	eof     bool          // no more will come
	held    bool          // reading is paused, since in is long
	arrived chan struct{} // closed and replaced when a reader may go on
	out     []byte        // what the loop is to take
	pending int           // what the connection has taken and not sent
	posted  bool          // the loop is about to take out
	sent    chan struct{} // closed and replaced when a writer may go on
	shut    bool          // by CloseWrite
	closed  bool          // by Close
	err     error         // why the connection has ended

	readBy, writeBy *deadline
	ended           context.Context // when the connection has
	end             context.CancelCauseFunc
}

// errOrderly stands for the end of a connection without an error.
var errOrderly = errors.New("ioloop: the connection has ended")

// Stream makes the connection one for goroutines, from now on. What Data has left is read
// first. It replaces the handler. It is for callbacks of the connection's loop.
func (c *Conn) Stream() *Stream {
	c.loop.check("Conn.Stream")
	s := &Stream{
		conn: c, loop: c.loop, options: c.options, local: c.LocalAddr(), remote: c.RemoteAddr(),
		arrived: make(chan struct{}), sent: make(chan struct{}),
		readBy: newDeadline(), writeBy: newDeadline(),
	}
	s.ended, s.end = context.WithCancelCause(context.Background())
	c.more().stream = s
	c.Handle(&Handler{Data: s.take, EOF: func(*Conn) { s.finishReading() }, Close: func(_ *Conn, err error) { s.finish(err) }})
	return s
}

// Streams returns a function for [Loop.Serve]. It calls f in a goroutine for each
// connection, and closes the stream when f returns. An error of f aborts the connection.
// A panic of f is that of a callback of the connection. The ctx of f ends when the
// connection has ended or the loop is closed. Close of the loop waits until f has
// returned, so f calls Stop instead. Python: asyncio.start_server.
func Streams(f func(context.Context, *Stream) error) func(*Conn) *Handler {
	if f == nil {
		panic("ioloop: Streams of a nil function")
	}
	return func(c *Conn) *Handler {
		s := c.Stream()
		c.loop.help(s.ended, func(ctx context.Context) { s.serve(ctx, f) })
		return c.handler
	}
}

// serve calls f for a stream that was accepted.
func (s *Stream) serve(ctx context.Context, f func(context.Context, *Stream) error) {
	var err error
	end := func(caught *panics.Caught) {
		switch {
		case caught.Panic() != nil:
			s.loop.send(func() {
				s.loop.caller = s.conn
				caught.RaisePanic()
			})
		case caught != nil:
			s.abort(caught.Err())
		case err != nil:
			s.abort(err)
		default:
			s.Close()
		}
	}
	end(panics.Try(func() { err = f(ctx, s) }, end))
}

func (s *Stream) abort(err error) { s.loop.send(func() { s.conn.fail(err) }) }

// Dial connects as [Loop.Connect] does, and blocks until there is a stream or an error.
// It panics in a callback. Python: asyncio.open_connection.
func (l *Loop) Dial(ctx context.Context, network, addr string, options ...ConnOptions) (*Stream, error) {
	if l.isRunner() {
		panic("ioloop: Dial by a callback, which would wait for its own loop: call Connect")
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	type dialed struct {
		s   *Stream
		err error
	}
	done := make(chan dialed)
	l.Connect(ctx, network, addr, func(c *Conn, err error) *Handler {
		d := dialed{err: err}
		if c != nil {
			d.s = c.Stream()
		}
		select {
		case done <- d:
			if c != nil {
				return c.handler
			}
		case <-ctx.Done(): // Dial has returned, or will
		case <-l.closing:
		}
		return nil
	}, options...)
	select {
	case d := <-done:
		return d.s, d.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-l.closing:
		return nil, ErrClosed
	}
}
