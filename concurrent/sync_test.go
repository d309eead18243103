package concurrent_test

import (
	"context"
	"errors"
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

// want fails the test when got is not what is wanted.
func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
