// Package pace bounds how slowly a client may send and receive, by the deadlines of its
// connection.
package pace

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// ErrSlow is the error of a body that came too slowly.
var ErrSlow error = slowError{}

// slowError is a net.Error, as other ends of a time are.
type slowError struct{}

func (slowError) Error() string        { return "files: the client is too slow" }
func (slowError) Timeout() bool        { return true }
func (slowError) Temporary() bool      { return false }
func (slowError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// A Limit is how slow a client may be.
type Limit struct {
	Stall time.Duration // 0: for ever
	Rate  int64         // bytes per second over Stall
}

// share is how many bytes have to come in the time of Stall.
func (l Limit) share() int64 { return max(int64(float64(l.Rate)*l.Stall.Seconds()), 1) }

// A Body is the body of a request, which has to come at a rate. The time that its reader
// takes for itself does not count.
type Body struct {
	r     io.Reader
	set   func(time.Time) error // sets the deadline of reads
	limit Limit

	N     int64 // bytes that have come
	ended bool  // by io.EOF, or an error
	slow  bool  // by the deadline

	since time.Time // when the window began, moved on by the time that the reader took
	got   int64     // bytes in it
	left  time.Time // when the last Read returned
	until time.Time // the deadline that is set

	mu    sync.Mutex
	cause error // Cut
	over  bool  // Done
}

// NewBody returns a Body that reads from r. set sets the deadline of its connection; an error
// of it does not count, since some writers of responses have none.
func NewBody(r io.Reader, set func(time.Time) error, limit Limit) *Body {
	return &Body{r: r, set: set, limit: limit}
}

// Read reads. Its error is [ErrSlow], or what Cut was given.
func (b *Body) Read(p []byte) (int, error) {
	b.begin()
	n, err := b.r.Read(p)
	b.N += int64(n)
	b.got += int64(n)
	if err != nil {
		b.ended = true
		if cause := b.cut(); cause != nil && err != io.EOF {
			err = cause
		} else if errors.Is(err, os.ErrDeadlineExceeded) {
			err, b.slow = ErrSlow, true
		}
	}
	if b.limit.Stall > 0 {
		b.left = time.Now()
	}
	return n, err
}

// begin sets the deadline before a read.
func (b *Body) begin() {
	if b.limit.Stall <= 0 {
		return
	}
	now := time.Now()
	switch {
	case b.since.IsZero() || b.got >= b.limit.share() && now.Sub(b.since) > min(time.Second, b.limit.Stall/8):
		b.since, b.got = now, 0
	case !b.left.IsZero():
		b.since = b.since.Add(now.Sub(b.left))
	}
	until := b.since.Add(b.limit.Stall)
	if b.got >= b.limit.share() {
		until = now.Add(b.limit.Stall)
	}
	if until.Sub(b.until) > min(time.Second, b.limit.Stall/8) || until.Before(b.until) {
		b.until = until
		b.deadline(until)
	}
}

// deadline sets the deadline, unless it is set for good.
func (b *Body) deadline(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cause == nil && !b.over {
		b.set(t)
	}
}

func (b *Body) cut() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cause
}

// Cut ends reads with an error, also one that waits. Another goroutine may call it. It does
// nothing after Done.
func (b *Body) Cut(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cause == nil && !b.over {
		b.cause = cause
		b.set(time.Unix(1, 0))
	}
}

// Ended reports whether there is nothing more to read.
func (b *Body) Ended() bool { return b.ended }

// Drain reads and drops up to max bytes, for the time of Stall in all. It reports whether
// the body has ended.
func (b *Body) Drain(max int64) bool {
	if b.ended || b.cut() != nil {
		return b.ended
	}
	if b.limit.Stall > 0 {
		b.deadline(time.Now().Add(b.limit.Stall))
	}
	n, err := io.Copy(io.Discard, io.LimitReader(b.r, max))
	b.ended = err == nil && n < max
	b.slow = errors.Is(err, os.ErrDeadlineExceeded)
	return b.ended
}

// Done takes the deadline away, and the connection goes on to the next request. After
// [ErrSlow] it stays, so that nothing waits for the rest of the body. The server of net/http
// reads more of a body that has not ended: for the time of Stall.
func (b *Body) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.cause != nil || b.over || b.slow:
	case !b.ended && b.limit.Stall > 0:
		b.set(time.Now().Add(b.limit.Stall))
	case !b.until.IsZero():
		b.set(time.Time{})
	}
	b.over = true
}
