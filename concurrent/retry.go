package concurrent

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/fanfold/fanfold/internal/chain"
	"github.com/fanfold/fanfold/internal/optional"
)

// RetryOptions are the options of [Retry]. Zero values are the defaults.
type RetryOptions struct {
	// Attempts is the largest number of calls, including the first one. Zero means 4,
	// and -1 means until the function succeeds or the context ends.
	Attempts int

	// First is the pause after the first failure. Zero means 100 ms, and negative
	// means no pauses.
	First time.Duration
	// Max is the longest pause. Zero means 30 s.
	Max time.Duration
	// Factor multiplies each pause to give the next one. Zero means 2, and 1 makes
	// all pauses equal. It must not be between 0 and 1.
	Factor float64

	// Jitter is the random share of each pause, so that callers that failed
	// together do not retry together. A pause of d lasts between (1-Jitter)*d and
	// d. Zero means 1, which spreads best ("full jitter"), and negative means no
	// jitter. It must not be above 1.
	Jitter float64
	// Rand returns a random number in [0, 1). nil means Float64 of math/rand/v2.
	Rand func() float64

	// If reports whether to try again after this error. nil means always. It is not
	// called for errors marked by [Permanent], nor after the last attempt.
	If func(error) bool
	// Pause may change a pause: it is called with the error of the failed attempt and the
	// pause that would follow, and returns the pause to make, which Max does not bound. A
	// negative result gives up. It is called where OnRetry is, just before it. nil means
	// no change.
	Pause func(err error, pause time.Duration) time.Duration
	// OnRetry is called before each pause with the number of the failed attempt,
	// from 1, its error and the length of the pause. nil means no call.
	OnRetry func(attempt int, err error, pause time.Duration)
}

// A RetryError says that [Retry] gave up.
type RetryError struct {
	// Attempts is the number of calls of the function.
	Attempts int
	// Err is the error of the last attempt. If that error only reports the end of
	// the context, Err is the one before it, if there is one.
	Err error
	// Ended is the cause of the context if it ended, and nil otherwise. The
	// RetryError matches it as well as Err.
	Ended error
}

// Error returns the number of attempts and the texts of the errors.
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

// Is reports whether Ended matches target.
func (e *RetryError) Is(target error) bool { return e.Ended != nil && chain.Is(e.Ended, target) }

// Retry calls f until it succeeds, and returns its result. It sleeps between
// attempts, longer each time (see [RetryOptions]). It calls f in the calling
// goroutine and adds no time limit to an attempt. f can derive one from its
// context.
//
// Retry returns a *[RetryError] after the last attempt, after an error that If
// rejects, for which Pause gives up or that is marked by [Permanent], and when ctx ends. It also stops in a
// pause when ctx ends. An attempt that succeeds after ctx has ended counts as a
// success. When ctx is done on entry, Retry does not call f and returns the cause.
// A panic of f is not recovered.
//
// Retry panics when f is nil or an option is out of range.
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
		d := durationOf(pause * (1 - o.Jitter*o.Rand()))
		pause = min(pause*o.Factor, float64(o.Max))
		if o.Pause != nil {
			if d = o.Pause(err, d); d < 0 {
				return zero, &RetryError{attempt, err, nil}
			}
		}
		if o.OnRetry != nil {
			o.OnRetry(attempt, err, d)
		}
		if end := Sleep(ctx, d); end != nil {
			return zero, &RetryError{attempt, err, end}
		}
	}
}

// durationOf returns d, which may be more than a Duration holds, as one. What is no
// number is none: a Rand of the user's may have returned it.
func durationOf(d float64) time.Duration {
	switch {
	case d >= math.MaxInt64:
		return math.MaxInt64
	case d > 0:
		return time.Duration(d)
	}
	return 0
}

// Retrying returns a function that calls f as [Retry] does. The result fits
// wherever f does, such as in par.Map. Retrying panics when f is nil or an option
// is out of range.
func Retrying[In, Out any](f func(context.Context, In) (Out, error), options ...RetryOptions) func(context.Context, In) (Out, error) {
	if f == nil {
		panic("concurrent: Retrying of a nil function")
	}
	o := retryOptions("Retrying", options)
	return func(ctx context.Context, in In) (Out, error) {
		return retry(ctx, func(ctx context.Context) (Out, error) { return f(ctx, in) }, o)
	}
}

// Permanent marks err so that [Retry] does not try again after it. This holds for
// all Retry calls around it. The marked error has the text of err and matches the
// same errors. Permanent(nil) is nil.
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
	_, ok := chain.AsType[*permanentError](err)
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
