package concurrent

import (
	"context"
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/panics"
)

// Gather blocks until all futures have ended and returns their values in the order
// of the arguments: asyncio.gather. When one of them ends without a value, by an
// error, a panic or its cancellation, Gather cancels the others. It blocks until
// they have ended, too, and returns that error as it is and no values. (asyncio
// does not cancel the others.) The failures of the others are not returned; they
// count as observed.
//
// When ctx ends, or is done on entry, Gather cancels all futures and waits until
// they have ended. It returns the cause of ctx, with two exceptions if ctx ended
// after entry. When all futures have values nevertheless, Gather returns these.
// When a future failed for another reason than its cancellation, Gather returns
// that error, the first in the order of the arguments.
//
// So nothing runs when Gather returns, and a function that ignores its context
// delays it. A panic or Goexit is raised in the caller after all futures have
// ended, as by [Future.Result]. The first failure is raised, or else the first in
// the order of the arguments, panics before Goexits.
//
// A future may be given more than once. Without futures the result is empty. Gather
// panics when one is nil. It costs one callback per future.
func Gather[T any](ctx context.Context, fs ...*Future[T]) ([]T, error) {
	cores := coresOf("Gather", fs)
	if err := settle(ctx, cores); err != nil {
		return nil, err
	}
	values := make([]T, len(fs))
	for i, f := range fs {
		values[i] = f.value
	}
	return values, nil
}

// GatherAll blocks until all futures have ended, and returns the value and the
// error of each in the order of the arguments: asyncio.gather with
// return_exceptions. The errors are those that [Future.Err] returns: a panic is an
// error, a *[PanicError], and is not raised. errs is nil when every future has a
// value.
//
// When ctx ends, or is done on entry, GatherAll cancels all futures with its cause
// and waits until they have ended. Their errors say that they were canceled.
// GatherAll panics when a future is nil.
func GatherAll[T any](ctx context.Context, fs ...*Future[T]) (values []T, errs []error) {
	cores := coresOf("GatherAll", fs)
	awaitAll(ctx, cores, false)
	values = make([]T, len(fs))
	for i, f := range fs {
		values[i] = f.value
		if failed := f.core.failed; failed != nil {
			if errs == nil {
				errs = make([]error, len(fs))
			}
			errs[i] = failed.err
		}
	}
	return values, errs
}

// coresOf returns what the futures given to the function op have in common.
func coresOf[T any](op string, fs []*Future[T]) []*core {
	checkFutures(op, fs)
	cores := make([]*core, len(fs))
	for i, f := range fs {
		cores[i] = &f.core
	}
	return cores
}

// checkFutures panics where one of the futures given to the function op is not there.
func checkFutures[T any](op string, fs []*Future[T]) {
	for _, f := range fs {
		if f == nil {
			panic("concurrent: " + op + " of a nil future")
		}
	}
}

// settle waits until all of cs have ended and returns or raises what Gather does.
func settle(ctx context.Context, cs []*core) error {
	entered := ctx.Err() == nil
	first := awaitAll(ctx, cs, true)
	var caught *panics.Caught
	if first != nil {
		caught = first.caught
	}
	var failure error
	complete := true
	for _, c := range cs {
		if c.failed == nil {
			continue
		}
		complete = false
		caught = caught.Or(c.failed.caught)
		if failure == nil && c.state() == Done {
			failure = c.failed.err
		}
	}
	caught.Raise()
	switch {
	case !entered:
		return context.Cause(ctx)
	case first != nil:
		return first.err
	case complete:
		return nil
	case failure != nil:
		return failure
	}
	return context.Cause(ctx)
}

// awaitAll waits until all of cs have ended. It cancels them when ctx ends and, with
// failFast, at the first failure, which it returns if it came before the end of ctx.
func awaitAll(ctx context.Context, cs []*core, failFast bool) (first *failed) {
	if len(cs) == 0 {
		return nil
	}
	done := ctx.Done()
	w := newAwaited(cs)
	cancel := func(cause error) {
		for _, c := range cs {
			c.cancel(cause)
		}
	}
	failure := w.failure
	if !failFast {
		failure = nil
	}
	for {
		select {
		case <-w.over:
			if failed := w.failed.Load(); failed != nil && ctx.Err() == nil {
				first = failed // in the same moment
			}
			return first
		case <-failure:
			failure = nil
			if ctx.Err() == nil {
				first = w.failed.Load()
				cancel(first.err)
			}
		case <-done:
			done = nil
			cancel(context.Cause(ctx))
		}
	}
}

// awaited is a number of futures that one goroutine waits for. It is woken by the
// first failure and when all have ended, but not by each of them.
type awaited struct {
	left    atomic.Int64
	failed  atomic.Pointer[failed] // of the first failure
	failure chan struct{}          // closed then
	over    chan struct{}          // closed when none is left
}

// newAwaited looks at cs, of which there is at least one.
func newAwaited(cs []*core) *awaited {
	w := &awaited{failure: make(chan struct{}), over: make(chan struct{})}
	w.left.Store(int64(len(cs)))
	calls := make([]callback, len(cs))
	for i, c := range cs {
		calls[i].Value = plain(func() { w.ended(c) })
		if !c.watch(&calls[i], observed) { // Gather observes them
			w.ended(c)
		}
	}
	return w
}

func (w *awaited) ended(c *core) {
	if c.failed != nil && w.failed.CompareAndSwap(nil, c.failed) {
		close(w.failure)
	}
	if w.left.Add(-1) == 0 {
		close(w.over)
	}
}
