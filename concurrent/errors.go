package concurrent

import (
	"errors"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/panics"
)

// Errors that can happen to a correct program. They may come wrapped; compare
// with errors.Is.
var (
	// ErrClosed is returned by what was shut down or closed: a queue that takes
	// no more items, or has none left, and a pool that takes no more tasks. It is
	// one error in all packages of this module.
	ErrClosed = closed.Err
	// ErrFull is returned where an item or a task would have to wait for room and
	// must not.
	ErrFull = errors.New("concurrent: full")
	// ErrEmpty is returned where there is nothing to take without waiting.
	ErrEmpty = errors.New("concurrent: empty")
	// ErrBroken is returned by a barrier that one of its parties gave up.
	ErrBroken = errors.New("concurrent: broken barrier")
)

// PanicError is what callers panic with when a function of theirs panicked in
// another goroutine: the value, and the stack of the goroutine it happened in.
type PanicError = panics.PanicError

// ErrGoexit is the error of a function that ended by runtime.Goexit, as testing's
// FailNow does, instead of returning.
var ErrGoexit = panics.ErrGoexit
