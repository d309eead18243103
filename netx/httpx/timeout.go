package httpx

import (
	"context"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// ErrTimeout is the error of a request whose answer did not begin within the Timeout of
// the [Session]. It matches os.ErrDeadlineExceeded.
var ErrTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string        { return "httpx: no answer within the time-out" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Temporary() bool      { return false }
func (timeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// timeouts ends attempts whose answers do not begin, or stall.
type timeouts struct {
	session *Session
	next    http.RoundTripper
}

func (t *timeouts) RoundTrip(req *http.Request) (*http.Response, error) {
	o := &t.session.options
	ctx, cancel := context.WithCancelCause(req.Context())
	bounded := *req.WithContext(ctx)
	var timer *time.Timer
	if o.Timeout > 0 {
		timer = time.AfterFunc(o.Timeout, func() { cancel(ErrTimeout) })
		if req.Body != nil && req.Body != http.NoBody {
			bounded.Body = &sending{ReadCloser: req.Body, timer: timer, timeout: o.Timeout}
		}
	}
	resp, err := t.next.RoundTrip(&bounded)
	if timer != nil {
		if sent, ok := bounded.Body.(*sending); ok {
			sent.done.Store(true)
		}
		timer.Stop()
	}
	if err == nil && ctx.Err() != nil && context.Cause(ctx) == ErrTimeout {
		resp.Body.Close()
		err = ErrTimeout
	}
	if err != nil {
		if context.Cause(ctx) == ErrTimeout {
			err = ErrTimeout
		}
		cancel(nil)
		return nil, err
	}
	resp.Request = req
	if conn, ok := resp.Body.(io.ReadWriteCloser); ok && resp.StatusCode == http.StatusSwitchingProtocols {
		resp.Body = &switched{conn, cancel}
		return resp, nil
	}
	resp.Body = &body{ReadCloser: resp.Body, ctx: ctx, cancel: cancel, stall: o.Stall, any: o.AnyStatus}
	return resp, nil
}

// CloseIdleConnections closes those below.
func (t *timeouts) CloseIdleConnections() { closeIdle(t.next) }

// sending is the body of a request: the time for the answer begins anew while it is sent.
type sending struct {
	io.ReadCloser
	timer   *time.Timer
	timeout time.Duration
	done    atomic.Bool
}

func (s *sending) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if n > 0 && !s.done.Load() {
		s.timer.Reset(s.timeout)
		if s.done.Load() {
			s.timer.Stop()
		}
	}
	return n, err
}

// body is the body of an answer.
type body struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	stall  time.Duration
	timer  atomic.Pointer[time.Timer] // nil before the first Read
	any    bool                       // all status codes are welcome
}

func (b *body) Read(p []byte) (int, error) {
	timer := b.timer.Load()
	switch {
	case timer != nil:
		timer.Reset(b.stall)
	case b.stall > 0:
		timer = time.AfterFunc(b.stall, func() { b.cancel(ErrStall) })
		b.timer.Store(timer)
	}
	n, err := b.ReadCloser.Read(p)
	if timer != nil {
		timer.Stop()
	}
	if err != nil && err != io.EOF && b.ctx.Err() != nil {
		err = context.Cause(b.ctx)
	}
	return n, err
}

func (b *body) Close() error {
	if timer := b.timer.Load(); timer != nil {
		timer.Stop()
	}
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// switched is the body of an answer that is the connection, for another protocol.
type switched struct {
	io.ReadWriteCloser
	cancel context.CancelCauseFunc
}

func (s *switched) Close() error {
	err := s.ReadWriteCloser.Close()
	s.cancel(nil)
	return err
}
