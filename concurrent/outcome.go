package concurrent

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/fanfold/fanfold/internal/chain"
	"github.com/fanfold/fanfold/internal/panics"
)

// finish calls f and then done with what came of it: f's error, or what was caught.
// After a Goexit done is called while the goroutine ends, and finish does not return.
// It is how a goroutine of the package's own runs a user's function.
func finish(f func() error, done func(result)) {
	var err error
	exit := func(caught *panics.Caught) { done(resultOf(nil, caught)) }
	if caught := panics.Try(func() { err = f() }, exit); caught != nil {
		exit(caught)
		return
	}
	done(resultOf(err, nil))
}

// A result is how a function ended. What was caught is raised, and never joined with
// errors; an error is never raised, whatever its type.
type result struct {
	err    error          // also of what was caught
	caught *panics.Caught // nil if the function returned
}

// resultOf returns the result of a function that returned err, or was caught.
func resultOf(err error, caught *panics.Caught) result {
	if caught != nil {
		err = caught.Err()
	}
	return result{err, caught}
}

// onlyEnd reports whether err says no more than that ctx, which has ended, has
// ended. An error that wraps several does so when each of them does: one that also
// tells of a clean-up that failed is news. So is an error that contains itself.
func onlyEnd(ctx context.Context, err error) bool {
	ends := [...]error{context.Canceled, ctx.Err(), context.Cause(ctx)}
	left := []error{err}
	for n := 0; len(left) > 0; n++ {
		err := left[len(left)-1]
		left = left[:len(left)-1]
		if err == nil || n == chain.Most {
			return false
		}
		if slices.ContainsFunc(ends[:], func(end error) bool { return chain.Matches(err, end) }) {
			continue
		}
		switch e := err.(type) {
		case *PanicError: // whatever it panicked with
			return false
		case interface{ Unwrap() error }:
			left = append(left, e.Unwrap())
		case interface{ Unwrap() []error }:
			errs := e.Unwrap()
			if len(errs) == 0 {
				return false
			}
			left = append(left, errs...)
		default:
			return false
		}
	}
	return true
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
