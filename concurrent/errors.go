package concurrent

import (
	"errors"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/panics"
)

// Errors that can happen to a correct program. They may come wrapped; compare
// with errors.Is.
var (
	// ErrClosed is the error of a pool or queue that was shut down or closed: it
	// takes nothing new, and a queue has no items left. All packages of this module
	// share this error.
	ErrClosed = closed.Err
	// ErrFull is the error of a call that must not wait for room.
	ErrFull = errors.New("concurrent: full")
	// ErrEmpty is the error of a call that must not wait for an item, and of
	// [Staggered] without functions.
	ErrEmpty = errors.New("concurrent: empty")
	// ErrBroken is the error of a [Barrier] at which a party stopped waiting or the
	// action panicked.
	ErrBroken = errors.New("concurrent: broken barrier")
)

// PanicError carries a panic to another goroutine: the value, and the stack of the
// goroutine that panicked. Functions of this package panic with a *PanicError when
// a function of the caller's panicked in another goroutine.
type PanicError = panics.PanicError

// ErrGoexit is the error of a function that called runtime.Goexit instead of
// returning. The FailNow methods of package testing do so.
var ErrGoexit = panics.ErrGoexit
