package concurrent

import (
	"context"
	"errors"
	"reflect"

	"github.com/fanfold/fanfold/internal/panics"
)

// finish calls f and then done with what came of it: f's error, a *PanicError, or
// ErrGoexit, in which case done is called while the goroutine ends and finish does
// not return. It is how a goroutine of the package's own runs a user's function.
func finish(f func() error, done func(error)) {
	var err error
	if p := panics.Try(func() { err = f() }, done); p != nil {
		err = p
	}
	done(err)
}

// fatal reports whether err stands for a panic or a Goexit, which travel by
// panics.Raise and are never joined with errors.
func fatal(err error) bool {
	_, panicked := err.(*PanicError)
	return panicked || err == ErrGoexit
}

// onlyEnd reports whether err says no more than that ctx, which has ended, has
// ended. An error that wraps several does so when each of them does: one that also
// tells of a clean-up that failed is news.
func onlyEnd(ctx context.Context, err error) bool {
	if err == nil || fatal(err) {
		return false
	}
	is, _ := err.(interface{ Is(error) bool })
	for _, end := range [...]error{context.Canceled, ctx.Err(), context.Cause(ctx)} {
		if same(err, end) || is != nil && is.Is(end) {
			return true
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return onlyEnd(ctx, e.Unwrap())
	case interface{ Unwrap() []error }:
		errs := e.Unwrap()
		for _, err := range errs {
			if !onlyEnd(ctx, err) {
				return false
			}
		}
		return len(errs) > 0
	}
	return false
}

// same reports whether a and b are one error. Errors that cannot be compared are not.
func same(a, b error) bool { return reflect.ValueOf(a).Comparable() && a == b }

// joined returns errs as one error: nil for none, one as it is, several by errors.Join.
func joined(errs []error) error {
	var only error
	for _, err := range errs {
		switch {
		case err == nil:
		case only == nil:
			only = err
		default:
			return errors.Join(errs...)
		}
	}
	return only
}
