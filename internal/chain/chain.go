// Package chain looks for errors in what an error wraps, as package errors does, and
// ends where an error contains itself. It is for errors that a user's function returned:
// package errors loops for ever on those, or overflows the stack.
package chain

import (
	"iter"
	"reflect"
)

// Most is how many errors of one tree are looked at.
const Most = 1 << 16

// All returns err and the errors that it wraps, in the order in which errors.Is looks at
// them, at most [Most].
func All(err error) iter.Seq[error] {
	return func(yield func(error) bool) {
		stack := []error{err}
		for n := 0; len(stack) > 0 && n < Most; n++ {
			err := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if err == nil {
				continue
			}
			if !yield(err) {
				return
			}
			switch e := err.(type) {
			case interface{ Unwrap() error }:
				stack = append(stack, e.Unwrap())
			case interface{ Unwrap() []error }:
				branches := e.Unwrap()
				for i := range min(len(branches), Most) {
					stack = append(stack, branches[len(branches)-1-i])
				}
			}
		}
	}
}

// Is is errors.Is.
func Is(err, target error) bool {
	if err == nil || target == nil {
		return err == target
	}
	comparable := reflect.TypeOf(target).Comparable()
	for e := range All(err) {
		if matches(e, target, comparable) {
			return true
		}
	}
	return false
}

// Matches reports whether err itself, without what it wraps, matches target.
func Matches(err, target error) bool {
	return matches(err, target, reflect.TypeOf(target).Comparable())
}

func matches(err, target error, comparable bool) bool {
	if comparable && err == target {
		return true
	}
	is, ok := err.(interface{ Is(error) bool })
	return ok && is.Is(target)
}

// AsType is errors.AsType.
func AsType[E error](err error) (E, bool) {
	for err := range All(err) {
		if e, ok := err.(E); ok {
			return e, true
		}
		var e E
		if as, ok := err.(interface{ As(any) bool }); ok && as.As(&e) {
			return e, true
		}
	}
	return *new(E), false
}
