package concurrent

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/internal/panics"
)

// A Future is a value that is there later: what a function returns that runs in
// another goroutine ([Go], [Submit], [Then]) or what somebody promised
// ([Promise]). Any number of goroutines may wait for it, in any order, before
// and after it ends; it ends once. Python: concurrent.futures.Future and
// asyncio.Future.
//
// A Future comes from one of these functions; the zero value is a future that
// only Cancel can end.
//
// A future that ends with an error, a panic or a Goexit and becomes garbage
// before anybody looked at it is reported to the failure hook, see
// [SetFailureHook]. Calling Done or OnDone is looking, and so is a Result or Err
// that returned what the future ended with.
type Future[T any] struct {
	value T // guarded by core.mu until the future has ended; first, since an empty last field costs a word
	core  core
}

// FutureState says how far a [Future] has come.
type FutureState int

// The states of a future, in the order in which it goes through them. The last
// two are final.
const (
	Pending  FutureState = iota // its function has not begun
	Running                     // its function runs; a canceled one does until it returns
	Done                        // it has a value, an error or a panic
	Canceled                    // it ended because Cancel or its context asked it to
)

// String returns the state's name in lower case.
func (s FutureState) String() string {
	switch s {
	case Pending:
		return "pending"
	case Running:
		return "running"
	case Done:
		return "done"
	case Canceled:
		return "canceled"
	}
	return fmt.Sprintf("FutureState(%d)", int(s))
}

// State returns how far f has come. It does not block.
func (f *Future[T]) State() FutureState { return f.core.state() }

// Result waits for the end of f and returns what its function returned, or a
// [*CanceledError] when f was canceled. When ctx ends before f does, it
// returns context.Cause(ctx) and f goes on.
//
// Where the function panicked, Result panics in its caller with a *[PanicError]
// that carries the stack of the function; where it called [runtime.Goexit],
// Result ends its caller's goroutine in the same way. [Future.Err] returns both
// as errors instead.
//
// Result of a future that has ended costs a few nanoseconds; waiting costs one
// channel for each future, however many wait.
func (f *Future[T]) Result(ctx context.Context) (T, error) {
	if err := f.core.await(ctx); err != nil {
		var none T
		return none, err
	}
	if failed := f.core.failed; failed != nil {
		panics.Raise(failed.look())
		return f.value, failed.err
	}
	return f.value, nil
}

// Err waits as Result does, and returns what f ended with as an error: nil for
// success, the function's error, a *[PanicError], [ErrGoexit] or a
// [*CanceledError]. When ctx ends before f does, it returns
// context.Cause(ctx). Python: Future.exception.
func (f *Future[T]) Err(ctx context.Context) error {
	if err := f.core.await(ctx); err != nil {
		return err
	}
	if failed := f.core.failed; failed != nil {
		return failed.look()
	}
	return nil
}

// Done returns a channel that is closed when f ends, for use in a select. The
// first call for a future that has not ended makes the channel.
func (f *Future[T]) Done() <-chan struct{} {
	return f.core.channel(looked)
}

// Cancel asks f to end, and reports whether it had not ended before. The cause
// is what f's context then ends with (context.Cause) and what the
// [CanceledError] carries; nil stands for context.Canceled. It does not block.
//
//   - A pending future ends at once: it is Canceled and its function never
//     runs. In a [Pool] it leaves the queue.
//   - Of a running one the function's context ends. The future itself ends when
//     the function has returned, so that nothing runs any more once Result
//     returns, and tells the truth: a function that succeeded nevertheless has
//     succeeded (Done), one that failed otherwise has failed so (Done), and only
//     one whose error says no more than that its context ended (it is, or wraps,
//     the context's Err or its cause, and no other error) was Canceled. Of
//     several causes the first counts.
//   - Of a future that has ended nothing changes, and Cancel returns false.
func (f *Future[T]) Cancel(cause error) bool { return f.core.cancel(cause) }

// OnDone arranges for call to be called when f ends, once, and returns a
// function that takes that back: it reports whether call will never be called.
// Python: add_done_callback, remove_done_callback.
//
// The functions are called in the order in which they were given, after Done's
// channel was closed, in the goroutine that ended f (the one of its function,
// or the caller of Cancel or Resolve), which they hold up; call is called at once,
// in the caller's goroutine, when f has ended already. A function that panics or
// calls Goexit does not keep the others from being called; it is reported to the
// failure hook.
func (f *Future[T]) OnDone(call func()) (stop func() bool) {
	if call == nil {
		panic("concurrent: Future.OnDone of a nil function")
	}
	cb := &callback{Value: call}
	if !f.core.watch(cb, looked) {
		callAll(cb)
		return func() bool { return false }
	}
	return func() bool { return f.core.unwatch(cb) }
}
