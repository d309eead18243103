// Package panics carries a panic from the goroutine or process it happened in
// to the caller who waits for it, together with its stack.
package panics

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// PanicError is a panic that travelled: from a worker goroutine to the caller,
// or from another process.
type PanicError struct {
	// Value is what was passed to panic. From another process it is the
	// value's text.
	Value any

	// Stack is the stack of the goroutine that panicked, as debug.Stack
	// formats it, taken while the panic was unwinding.
	Stack []byte
}

// Error returns the value's text followed by the stack, so that a process that
// dies of a re-raised panic still shows where it began.
func (e *PanicError) Error() string {
	if len(e.Stack) == 0 {
		return fmt.Sprintf("panic: %v", e.Value)
	}
	return fmt.Sprintf("panic: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap returns Value when it is an error, so that errors.Is and errors.As
// look through the panic.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrGoexit stands for a function that ended by runtime.Goexit (which is what
// testing's FailNow and SkipNow call) instead of returning.
var ErrGoexit = errors.New("function called runtime.Goexit")

// Try calls f. It returns nil when f returned and a *PanicError when f panicked.
// When f called runtime.Goexit Try does not return to its caller but calls exit,
// unless it is nil, with ErrGoexit while the goroutine ends; with the *PanicError
// when a deferred function panicked meanwhile. Without an exit that panic goes on.
func Try(f func(), exit func(error)) (err error) {
	returned := false
	defer func() {
		switch {
		case returned:
		case exit == nil:
			Raise(err)
		case err == nil:
			exit(ErrGoexit)
		default:
			exit(err)
		}
	}()
	// To recover a panic does not stop a Goexit that was under way before: that
	// the goroutine ends shows only in a function outside the one that recovered.
	func() {
		defer func() {
			if v := recover(); v != nil {
				err = From(v)
			}
		}()
		f()
	}()
	returned = true
	return err
}

// From makes a *PanicError of a recovered value. It must be called by the
// deferred function that recovered, where the panicking stack still stands. A
// value that already is a *PanicError keeps its first, innermost stack.
func From(v any) *PanicError {
	if pe, ok := v.(*PanicError); ok && pe != nil {
		return pe
	}
	return &PanicError{Value: v, Stack: debug.Stack()}
}

// Raise continues in the calling goroutine what err says happened elsewhere: it
// panics with a *PanicError, ends the goroutine for ErrGoexit, and returns for
// every other error and for nil.
func Raise(err error) {
	if pe, ok := err.(*PanicError); ok {
		panic(pe)
	}
	if err == ErrGoexit {
		runtime.Goexit()
	}
}
