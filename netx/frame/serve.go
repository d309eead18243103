package frame

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/netx"
)

// ServeOptions are the options of [Serve]. Zero values are the defaults.
type ServeOptions struct {
	netx.ServeOptions // of the server
	Options           // of its connections

	// PerCall is how long the context of one call of the handler lasts. Zero means that
	// it ends with the server's grace only.
	PerCall time.Duration
}

// Serve accepts connections of l and answers each message with what handle returns for it,
// in the order in which they came. It blocks, drains and returns as [netx.Serve] does, and
// takes l over. The slice that handle gets is valid until it returns, and handle may return
// a part of it. Each message has one answer, which may be empty.
//
// Connections are served at the same time, and the messages of one connection one after the
// other. Answers to messages that came together are sent together, at the latest a
// millisecond after the next handle began.
//
// When ctx ends, messages whose first bytes have arrived are read to their ends and
// answered, and then the connections end. Connections that wait for a message end at once.
// A peer that sends without a pause is answered for a quarter of Grace, one second at most,
// and then sees the end of the stream after an answer.
//
// An error that handle returns ends the connection, after the answers to the messages
// before it. It goes to OnError, and so do a panic and bytes that are no message. Serve
// panics if handle is nil, the codec lacks a function, or an option is out of range.
func Serve(ctx context.Context, l net.Listener, codec Codec, handle func(context.Context, []byte) ([]byte, error), options ...ServeOptions) error {
	codec.check("Serve")
	if handle == nil {
		panic("frame: Serve with a nil function")
	}
	o := optional.One("frame", "Serve", options)
	o.Options.fill("Serve")
	if o.PerCall < 0 {
		panic(fmt.Sprintf("frame: Serve with PerCall %v", o.PerCall))
	}
	grace := o.Grace
	if grace == 0 {
		grace = 10 * time.Second
	}
	return netx.Serve(ctx, l, func(ctx context.Context, nc net.Conn) error {
		a := &answerer{Conn: newConn(nc, codec, o.Options), handle: handle, perCall: o.PerCall}
		a.served = true
		return a.serve(ctx, min(grace/4, time.Second))
	}, o.ServeOptions)
}

// An answerer answers the messages of a connection.
type answerer struct {
	*Conn
	handle  func(context.Context, []byte) ([]byte, error)
	perCall time.Duration
	timer   *time.Timer // sends answers that wait while handle runs
	armed   atomic.Bool // timer will fire
}

// linger is how long an answer may wait for those after it.
const linger = time.Millisecond

// serve answers messages until the stream or the server ends.
func (a *answerer) serve(ctx context.Context, most time.Duration) error {
	defer a.stop(ctx)
	draining := netx.Draining(ctx)
	for {
		msg, ok, err := a.next()
		if !ok && err == nil {
			msg, err = a.Read(draining)
		}
		if err != nil {
			return a.ended(ctx, err, most)
		}
		if err := a.answer(ctx, msg); err != nil {
			return err
		}
	}
}

// ended goes on after an error of Read.
func (a *answerer) ended(ctx context.Context, err error, most time.Duration) error {
	switch {
	case err == io.EOF:
		return nil
	case errors.Is(err, netx.ErrDraining) && ctx.Err() == nil:
		return a.drain(ctx, most)
	}
	return err
}

// drain answers what has arrived.
func (a *answerer) drain(ctx context.Context, most time.Duration) error {
	end := time.Now().Add(most)
	for {
		msg, ok, err := a.next()
		if !ok && err == nil {
			switch {
			case a.partial():
				msg, err = a.Read(ctx)
			case time.Now().After(end):
				return nil
			default:
				some, err := a.arrived()
				if err != nil || !some {
					return err
				}
				continue
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.answer(ctx, msg); err != nil {
			return err
		}
	}
}

// answer calls handle and takes its answer to be sent.
func (a *answerer) answer(ctx context.Context, msg []byte) error {
	if a.pending.Load() && !a.armed.Load() && a.armed.CompareAndSwap(false, true) {
		a.sendLater(ctx)
	}
	call := ctx
	if a.perCall > 0 {
		var cancel context.CancelFunc
		call, cancel = context.WithTimeout(ctx, a.perCall)
		defer cancel()
	}
	out, err := a.handle(call, msg)
	if err != nil {
		return err
	}
	return a.later(ctx, out)
}

// later takes an answer to be sent: WriteBuffered without the question whether a Read waits,
// since this goroutine is the one that reads.
func (a *answerer) later(ctx context.Context, out []byte) error {
	if err := a.lock(ctx); err != nil {
		return err
	}
	defer a.writeLock.Unlock()
	return a.buffer(ctx, out)
}

// sendLater sends the answers that wait in a moment, if nothing else does before.
func (a *answerer) sendLater(ctx context.Context) {
	if a.timer != nil {
		a.timer.Reset(linger)
		return
	}
	a.timer = time.AfterFunc(linger, func() {
		a.armed.Store(false)
		a.Flush(ctx) // what fails shows in the next write
	})
}

// stop sends the last answers, also those before a panic.
func (a *answerer) stop(ctx context.Context) {
	if a.timer != nil {
		a.timer.Stop()
	}
	a.Flush(ctx)
	a.readEnd.Stop()
	a.writeEnd.Stop()
	if a.buf != nil {
		a.pool.put(a.buf)
		a.buf = nil
	}
}
