package concurrent

import (
	"context"
	"errors"
)

// A CanceledError is what a [Future] ended with that was canceled, by its
// Cancel or by the end of the context it was given.
//
// errors.Is finds the cause and whatever the function returned. It also finds
// context.Canceled, as it would in the Err of the function's context, unless
// the cause is context.DeadlineExceeded.
type CanceledError struct {
	Cause error // why: what Cancel was given, or context.Cause of the context
	Err   error // what the function returned; nil if it never ran
}

// Error returns the cause, and what the function returned if it says more.
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

// Is reports whether target is context.Canceled and the cause is no deadline.
func (e *CanceledError) Is(target error) bool {
	return target == context.Canceled && !errors.Is(e.Cause, context.DeadlineExceeded)
}

// Unwrap returns Cause and Err, as far as they are there.
func (e *CanceledError) Unwrap() []error {
	var errs []error
	for _, err := range [...]error{e.Cause, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
