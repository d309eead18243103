package concurrent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
)

// RetryOptions say how often and how long [Retry] tries. The zero value is the
// default of each field.
type RetryOptions struct {
	// Attempts is how many times the function is called at most, the first time
	// included. 0 means 4; -1 means until it succeeds or the context ends.
	Attempts int

	// First is the pause after the first failure. 0 means 100 ms; negative means
	// no pauses at all.
	First time.Duration
	// Max bounds every pause. 0 means 30 s.
	Max time.Duration
	// Factor is what each pause is multiplied by to give the next one. 0 means 2;
	// 1 keeps them all the same. It must not be between 0 and 1.
	Factor float64

	// Jitter is the share of each pause that is left to chance, so that callers
	// who failed together do not come back together: a pause of d lasts between
	// (1-Jitter)*d and d. 0 means 1, anything up to d, which spreads best ("full
	// jitter"); negative means none.
	Jitter float64
	// Rand is where chance comes from: a function that returns a number in [0, 1).
	// nil means math/rand/v2's Float64.
	Rand func() float64

	// If reports whether to try again after this error. nil means always. It is
	// not asked about errors marked by [Permanent], nor after the last attempt.
	If func(error) bool
	// OnRetry is told, before each pause, which attempt (from 1) failed, with
	// what, and how long the pause will be. nil tells nobody.
	OnRetry func(attempt int, err error, pause time.Duration)
}

// A RetryError is what [Retry] returns when it gave up.
type RetryError struct {
	// Attempts is how often the function was called.
	Attempts int
	// Err is its last error; where that said no more than that the context had
	// ended, the one before it.
	Err error
	// Ended is the cause of the context that ended, or nil when it did not.
	// errors.Is finds it beside Err.
	Ended error
}

// Error returns how many attempts there were and the texts of the errors.
func (e *RetryError) Error() string {
	times := "attempts"
	if e.Attempts == 1 {
		times = "attempt"
	}
	if e.Ended != nil && !same(e.Ended, e.Err) {
		return fmt.Sprintf("%v after %d %s: %v", e.Ended, e.Attempts, times, e.Err)
	}
	return fmt.Sprintf("after %d %s: %v", e.Attempts, times, e.Err)
}

// Unwrap returns Err.
func (e *RetryError) Unwrap() error { return e.Err }

// Is reports whether the context ended with target.
func (e *RetryError) Is(target error) bool { return e.Ended != nil && errors.Is(e.Ended, target) }

// Retry calls f until it succeeds, and returns its result. Between attempts it
// sleeps, longer each time ([RetryOptions]). It runs f in the calling goroutine and
// adds no time limit to an attempt: derive one from the context in f.
//
// It gives up, with a *[RetryError], after the last attempt, on an error that If
// turns down or that is marked by [Permanent], and when ctx ends, also in a pause.
// An attempt that succeeds although ctx has ended counts. A ctx that is done on
// entry calls nothing and returns its cause. A panic of f is not caught.
//
// Retry panics when f is nil or an option makes no sense.
func Retry[T any](ctx context.Context, f func(context.Context) (T, error), options ...RetryOptions) (T, error) {
	if f == nil {
		panic("concurrent: Retry of a nil function")
	}
	return retry(ctx, f, retryOptions("Retry", options))
}

// retry is Retry with the defaults filled in.
func retry[T any](ctx context.Context, f func(context.Context) (T, error), o RetryOptions) (T, error) {
	var zero T
	if ctx.Err() != nil {
		return zero, context.Cause(ctx)
	}
	pause := float64(o.First)
	var last error
	for attempt := 1; ; attempt++ {
		v, err := f(ctx)
		if err == nil {
			return v, nil
		}
		if ctx.Err() != nil {
			if last == nil || !onlyEnd(ctx, err) {
				last = err
			}
			return zero, &RetryError{attempt, last, context.Cause(ctx)}
		}
		last = err
		if attempt == o.Attempts || permanent(err) || o.If != nil && !o.If(err) {
			return zero, &RetryError{attempt, err, nil}
		}
		d := time.Duration(pause * (1 - o.Jitter*o.Rand()))
		pause = min(pause*o.Factor, float64(o.Max))
		if o.OnRetry != nil {
			o.OnRetry(attempt, err, d)
		}
		if end := Sleep(ctx, d); end != nil {
			return zero, &RetryError{attempt, err, end}
		}
	}
}

// Retrying returns f with [Retry] around it: a function that goes wherever f went,
// such as par.Map. It panics when f is nil or an option makes no sense.
func Retrying[In, Out any](f func(context.Context, In) (Out, error), options ...RetryOptions) func(context.Context, In) (Out, error) {
	if f == nil {
		panic("concurrent: Retrying of a nil function")
	}
	o := retryOptions("Retrying", options)
	return func(ctx context.Context, in In) (Out, error) {
		return retry(ctx, func(ctx context.Context) (Out, error) { return f(ctx, in) }, o)
	}
}

// Permanent marks err as one that [Retry] does not try again after, nor any Retry
// around that one. The text and what errors.Is and errors.As find stay as they are.
// Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

func permanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

// retryOptions returns the options with their defaults.
func retryOptions(op string, options []RetryOptions) RetryOptions {
	o := optional.One("concurrent", op, options)
	if o.Attempts < -1 || o.Max < 0 || !(o.Factor == 0 || o.Factor >= 1) || !(o.Jitter <= 1) {
		panic(fmt.Sprintf("concurrent: %s with Attempts %d, Max %v, Factor %v, Jitter %v", op, o.Attempts, o.Max, o.Factor, o.Jitter))
	}
	if o.Attempts == 0 {
		o.Attempts = 4
	}
	if o.Max == 0 {
		o.Max = 30 * time.Second
	}
	switch {
	case o.First == 0:
		o.First = 100 * time.Millisecond
	case o.First < 0:
		o.First = 0
	}
	o.First = min(o.First, o.Max)
	if o.Factor == 0 {
		o.Factor = 2
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	switch {
	case o.Jitter == 0:
		o.Jitter = 1
	case o.Jitter < 0:
		o.Jitter = 0
	}
	return o
}
