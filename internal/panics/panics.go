// Package panics carries a panic from the goroutine it happened in to the caller
// who waits for it, together with its stack.
package panics

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// PanicError is a panic that travelled: from a worker goroutine to the caller,
// or from another process.
//
// As an error it is like any other: it is returned, joined and wrapped, and no
// operator raises it. What is raised is a [Caught].
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

// A Caught says that a function of this process did not return: it panicked, or
// called runtime.Goexit. nil says that it returned.
//
// It is no error, so that the two cannot be confused: an error that is a
// *PanicError or ErrGoexit tells of another process, or was returned by a function,
// and stays an error.
type Caught struct{ err error } // a *PanicError or ErrGoexit

// Goexit is what is caught of a function that called runtime.Goexit.
var Goexit = &Caught{ErrGoexit}

// From makes a Caught of a recovered value. It must be called by the deferred
// function that recovered, where the panicking stack still stands. A value that
// already is a *PanicError keeps its first, innermost stack.
func From(v any) *Caught {
	if pe, ok := v.(*PanicError); ok && pe != nil {
		return &Caught{pe}
	}
	return &Caught{&PanicError{Value: v, Stack: debug.Stack()}}
}

// Try calls f. It returns nil when f returned and what it caught when f panicked.
// When f called runtime.Goexit Try does not return to its caller but calls exit,
// unless it is nil, with [Goexit] while the goroutine ends; with the panic when a
// deferred function panicked meanwhile. Without an exit that panic goes on.
func Try(f func(), exit func(*Caught)) (caught *Caught) {
	returned := false
	defer func() {
		switch {
		case returned:
		case exit == nil:
			caught.RaisePanic()
		case caught == nil:
			exit(Goexit)
		default:
			exit(caught)
		}
	}()
	// To recover a panic does not stop a Goexit that was under way before: that
	// the goroutine ends shows only in a function outside the one that recovered.
	func() {
		defer func() {
			if v := recover(); v != nil {
				caught = From(v)
			}
		}()
		f()
	}()
	returned = true
	return caught
}

// Err returns a *PanicError, ErrGoexit, or nil for nil.
func (c *Caught) Err() error {
	if c == nil {
		return nil
	}
	return c.err
}

// Panic returns the panic, or nil if there was none.
func (c *Caught) Panic() *PanicError {
	if c == nil {
		return nil
	}
	pe, _ := c.err.(*PanicError)
	return pe
}

// Raise continues in the calling goroutine what happened elsewhere: it panics with
// the *PanicError, or ends the goroutine. For nil it returns.
func (c *Caught) Raise() {
	c.RaisePanic()
	if c != nil {
		runtime.Goexit()
	}
}

// RaisePanic is Raise for a goroutine that ends already: it returns for a Goexit.
func (c *Caught) RaisePanic() {
	if pe := c.Panic(); pe != nil {
		panic(pe)
	}
}

// Or returns the one of two to raise, either of which may be nil: c, unless only
// other is a panic.
func (c *Caught) Or(other *Caught) *Caught {
	if c == nil || c.Panic() == nil && other.Panic() != nil {
		return other
	}
	return c
}
