package httpx

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/optional"
)

// Retry returns a RoundTripper for any http.Client that sends requests again which failed:
// after the status codes 408, 429, 502, 503 and 504, and after a connection that could not
// be made or broke. The pauses are those of concurrent.Retry. nil stands for
// http.DefaultTransport.
//
// It repeats a request only if that does no harm: its method is idempotent (GET, HEAD,
// OPTIONS, TRACE, PUT, DELETE), or it has an Idempotency-Key. A body must be one that GetBody
// opens again. Other requests are sent once. Nothing is held in memory
// for this.
//
// The pause is that of the answer's Retry-After, if there is one. When that is longer than
// the longest pause (RetryOptions.Max), and after the last attempt, the answer is returned
// as it is. RetryOptions.If and OnRetry get an answer as a *[StatusError] without a body. When
// the request's context ends, RoundTrip returns its cause.
//
// Retry panics if an option is out of range.
func Retry(next http.RoundTripper, options ...concurrent.RetryOptions) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	o := optional.One("httpx", "Retry", options)
	concurrent.Retrying(func(context.Context, int) (int, error) { return 0, nil }, o) // checks them
	return &retrier{next, o}
}

type retrier struct {
	next    http.RoundTripper
	options concurrent.RetryOptions
}

func (r *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	if !repeatable(req) {
		return r.next.RoundTrip(req)
	}
	t := &trip{r: r, req: req}
	o := r.options
	o.If, o.Pause, o.OnRetry = t.again, t.pause, t.onRetry
	resp, err := concurrent.Retry(req.Context(), t.attempt, o)
	if t.attempts == 0 && req.Body != nil {
		req.Body.Close() // as a RoundTripper must
	}
	if err == nil {
		return resp, nil
	}
	failed, ok := errors.AsType[*concurrent.RetryError](err)
	switch {
	case ok && failed.Ended != nil:
		t.discard()
		return nil, failed.Ended
	case t.answer != nil: // it was the last attempt
		return t.answer, nil
	case ok && failed.Attempts == 1:
		return nil, failed.Err
	}
	return nil, err
}

// CloseIdleConnections closes those below: http.Client.CloseIdleConnections calls it.
func (r *retrier) CloseIdleConnections() { closeIdle(r.next) }

// closeIdle closes the idle connections of a RoundTripper that can do so.
func closeIdle(rt http.RoundTripper) {
	if c, ok := rt.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// idempotent are the methods whose requests may be sent twice (RFC 9110, section 9.2.2).
var idempotent = []string{"", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete}

// repeatable reports whether a request may be sent twice, and can be.
func repeatable(req *http.Request) bool {
	keyed := req.Header.Get("Idempotency-Key") != "" || req.Header.Get("X-Idempotency-Key") != ""
	if !keyed && !slices.Contains(idempotent, req.Method) {
		return false
	}
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// A trip is one RoundTrip.
type trip struct {
	r        *retrier
	req      *http.Request
	attempts int
	answer   *http.Response // of the last attempt, if it is to be repeated
}

// attempt sends the request once.
func (t *trip) attempt(ctx context.Context) (*http.Response, error) {
	t.attempts++
	req := t.req
	if t.attempts > 1 {
		again := *t.req
		if t.req.GetBody != nil && t.req.Body != nil && t.req.Body != http.NoBody {
			body, err := t.req.GetBody()
			if err != nil {
				return nil, concurrent.Permanent(err)
			}
			again.Body = body
		}
		req = &again
	}
	resp, err := t.r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	switch resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		t.answer = resp
		return nil, statusError(resp, nil)
	}
	return resp, nil
}

// again reports whether an attempt shall follow one that failed.
func (t *trip) again(err error) bool {
	if t.answer == nil && !broken(err) {
		return false
	}
	return t.r.options.If == nil || t.r.options.If(err)
}

// defaultMax is the default of concurrent.RetryOptions.Max.
const defaultMax = 30 * time.Second

// pause returns the pause that the answer asks for.
func (t *trip) pause(err error, pause time.Duration) time.Duration {
	if t.answer != nil {
		if asked, ok := retryAfter(t.answer.Header, time.Now()); ok {
			if asked > orDefault(t.r.options.Max, defaultMax) {
				return -1
			}
			pause = asked
		}
	}
	if t.r.options.Pause != nil {
		return t.r.options.Pause(err, pause)
	}
	return pause
}

// onRetry is called when it is decided that an attempt follows.
func (t *trip) onRetry(attempt int, err error, pause time.Duration) {
	t.discard()
	if t.r.options.OnRetry != nil {
		t.r.options.OnRetry(attempt, err, pause)
	}
}

// discard drops the answer of the last attempt.
func (t *trip) discard() {
	if t.answer != nil {
		discard(t.answer.Body)
		t.answer = nil
	}
}

// worth is how much of an answer is read only to keep its connection.
const worth = 16 << 10

// brief is how long it may take to read that.
const brief = 100 * time.Millisecond

// discard closes a body. It reads one that is short to its end, so that the connection can
// be used again, if that comes soon.
func discard(body io.ReadCloser) {
	late := time.AfterFunc(brief, func() { body.Close() })
	io.CopyN(io.Discard, body, worth)
	late.Stop()
	body.Close()
}

// brokenTexts are in errors of net/http that have neither a type nor a value.
var brokenTexts = []string{"server closed idle connection", "server sent GOAWAY", "REFUSED_STREAM", "client connection lost"}

// broken reports whether err says that a connection was not made or has broken. What a
// second attempt cannot change is not: certificates, names that do not exist.
func broken(err error) bool {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return !e.IsNotFound
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Op != "remote error" && e.Op != "local error" // alerts of TLS
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return true
	}
	return slices.ContainsFunc(brokenTexts, func(text string) bool { return strings.Contains(err.Error(), text) })
}
