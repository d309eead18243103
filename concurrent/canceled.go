package concurrent

import (
	"context"

	"github.com/fanfold/fanfold/internal/chain"
)

// A CanceledError is the error of a [Future] that was canceled: by its Cancel, or
// by the end of the context that it was given.
//
// It matches the cause and the error that the function returned (errors.Is,
// errors.As). It also matches context.Canceled, unless the cause is
// context.DeadlineExceeded.
type CanceledError struct {
	Cause error // the argument of Cancel, or context.Cause of the context
	Err   error // the function's error; nil if it never ran
}

// Error returns the cause, and the function's error if that says more.
func (e *CanceledError) Error() string {
	text := "concurrent: canceled"
	if e.Cause != nil && e.Cause != context.Canceled {
		text += ": " + e.Cause.Error()
	}
	if e.Err != nil && e.Err != context.Canceled && !same(e.Err, e.Cause) {
		text += " (" + e.Err.Error() + ")"
	}
	return text
}

// Is reports whether target is context.Canceled and the cause is not a deadline.
func (e *CanceledError) Is(target error) bool {
	return target == context.Canceled && !chain.Is(e.Cause, context.DeadlineExceeded)
}

// Unwrap returns Cause and Err, without those that are nil.
func (e *CanceledError) Unwrap() []error {
	var errs []error
	for _, err := range [...]error{e.Cause, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
