package remote

import "github.com/fanfold/fanfold/internal/panics"

// An Error is an error that a function returned in another process. Its text is the
// text of the original. It matches what the original wrapped of context, io, io/fs and
// os errors, syscall.Errno and registered errors. It wraps a *panics.PanicError if the
// original did, with its stack. Other types do not travel.
type Error struct {
	Func string // the function that returned it
	Text string // the text of the original

	wrapped []error
}

// Panicked returns the error of the function name, which panicked.
func Panicked(name string, pe *panics.PanicError) *Error {
	return &Error{Func: name, Text: pe.Error(), wrapped: []error{pe}}
}

// Error returns the text of the original.
func (e *Error) Error() string { return e.Text }

// Unwrap returns what has traveled of the errors that the original wrapped.
func (e *Error) Unwrap() []error { return e.wrapped }
