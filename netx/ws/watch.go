package ws

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/fanfold/fanfold/internal/foreign"
)

// A watch makes the end of a context interrupt what one direction of a connection waits
// for, by a deadline that has passed. It stays when the call with the context returns,
// since the next call has the same one as a rule: to register with a context costs more than
// all else that a Read of a small message does.
type watch struct {
	done <-chan struct{} // of the context; nil without one
	stop func() bool

	mu   sync.Mutex // held while a deadline is set for a context, and by what waits for that
	over uint32     // counts the contexts that were left while they ended
}

// follow makes the end of ctx interrupt, and that of the context before it no more. It
// reports whether the deadline was reset.
func (w *watch) follow(ctx context.Context, c net.Conn, set func(net.Conn, time.Time)) (reset bool) {
	done := ctx.Done()
	if done == w.done {
		return false
	}
	reset = w.leave(c, set)
	if done == nil {
		return reset
	}
	over := w.over // changes only here
	w.done = done
	w.stop = context.AfterFunc(foreign.Guard(ctx), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.over == over {
			set(c, past)
		}
	})
	return reset
}

// leave makes no context interrupt. It reports whether one may have, and the deadline was
// reset.
func (w *watch) leave(c net.Conn, set func(net.Conn, time.Time)) (reset bool) {
	if w.done == nil {
		return false
	}
	stopped := w.stop()
	w.done, w.stop = nil, nil
	if stopped {
		return false
	}
	w.mu.Lock()
	w.over++
	w.mu.Unlock()
	set(c, time.Time{})
	return true
}

var past = time.Unix(1, 0)

// The errors are those of a closed connection, which the next Read or Write returns.
func setRead(c net.Conn, t time.Time)  { _ = c.SetReadDeadline(t) }
func setWrite(c net.Conn, t time.Time) { _ = c.SetWriteDeadline(t) }

// timedOut reports whether err says that a deadline has passed.
func timedOut(err error) bool {
	if err == os.ErrDeadlineExceeded { // of a syscall.RawConn
		return true
	}
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}
