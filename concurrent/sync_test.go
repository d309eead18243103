package concurrent_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// errGaveUp is the cause of contexts that end in tests: what comes back must be
// the cause, not ctx.Err().
var errGaveUp = errors.New("gave up")

// within returns a context that ends after d.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, errGaveUp)
	t.Cleanup(cancel)
	return ctx
}

// endedContext returns a context that has ended.
func endedContext(t *testing.T) context.Context {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errGaveUp)
	return ctx
}

// A lateContext ends while somebody begins to wait: it is asked for its channel,
// does what late does, ends, and hands out the channel. With it both what is waited
// for and the end of the context can have come when the waiting begins.
type lateContext struct {
	context.Context
	once sync.Once
	late func()
	end  context.CancelCauseFunc
}

func newLateContext(t *testing.T, late func()) *lateContext {
	ctx, end := context.WithCancelCause(t.Context())
	return &lateContext{Context: ctx, late: late, end: end}
}

func (c *lateContext) Done() <-chan struct{} {
	c.once.Do(func() {
		c.late()
		c.end(errGaveUp)
	})
	return c.Context.Done()
}

// An askedContext does something when it is asked for the n-th time whether it has
// ended, which it never has.
type askedContext struct {
	context.Context
	n    int
	then func()
}

func (c *askedContext) Err() error {
	if c.n--; c.n == 0 {
		c.then()
	}
	return nil
}
