package concurrent

import (
	"context"
	"fmt"
)

// A Future holds a value that is computed in another goroutine ([Go], [Submit],
// [Then]) or delivered through a [Promise]. Any number of goroutines may wait for
// it, before and after it ends. It ends once. Python: concurrent.futures.Future and
// asyncio.Future.
//
// A Future comes from one of these functions. The zero value is a future that only
// Cancel can end.
//
// A future that fails should be observed: [Future.Result] or [Future.Err] returns
// how it ended, or [Future.Done] or [Future.OnDone] was called. An unobserved
// error, panic or Goexit is reported to the failure hook when the future becomes
// garbage (see [SetFailureHook]).
type Future[T any] struct {
	value T // guarded by core.mu until the future has ended; first, since an empty last field costs a word
	core  core
}

// FutureState is the state of a [Future].
type FutureState int

// The states of a future, in the order in which it goes through them. The last
// two are final.
const (
	Pending  FutureState = iota // its function has not started
	Running                     // its function runs; a canceled function runs until it returns
	Done                        // it has a value, an error or a panic
	Canceled                    // it ended because of Cancel or of the end of its context
)

// String returns the name of the state in lower case.
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

// State returns the current state of f. It does not block.
func (f *Future[T]) State() FutureState { return f.core.state() }

// Result blocks until f has ended and returns what its function returned, or a
// [*CanceledError] when f was canceled. When ctx ends first, or is done on entry,
// Result returns context.Cause(ctx) and f continues.
//
// When the function panicked, Result panics with a *[PanicError] that carries the
// stack of the function. When the function called [runtime.Goexit], Result ends the
// caller's goroutine in the same way. [Future.Err] returns both as errors instead.
// An error that the function returned is returned, also when it is or wraps a
// *PanicError, as that of a call in another process does.
//
// Result of a future that has ended costs a few nanoseconds. Waiting costs one
// channel per future, shared by all waiting goroutines.
func (f *Future[T]) Result(ctx context.Context) (T, error) {
	if err := f.core.await(ctx); err != nil {
		var none T
		return none, err
	}
	if failed := f.core.failed; failed != nil {
		err := failed.observe()
		failed.caught.Raise()
		return f.value, err
	}
	return f.value, nil
}

// Err blocks as Result does, and returns how f ended as an error. That is nil for
// success, the function's error, a *[PanicError], [ErrGoexit] or a
// [*CanceledError]. When ctx ends first, Err returns context.Cause(ctx). Python:
// Future.exception.
func (f *Future[T]) Err(ctx context.Context) error {
	if err := f.core.await(ctx); err != nil {
		return err
	}
	if failed := f.core.failed; failed != nil {
		return failed.observe()
	}
	return nil
}

// Done returns a channel that is closed when f ends, for use in a select. The first
// call on a future that has not ended allocates the channel.
func (f *Future[T]) Done() <-chan struct{} {
	return f.core.channel(observed)
}

// Cancel asks f to end and reports whether f had not ended before. It does not
// block. The context of f ends with the cause, and the [CanceledError] carries it.
// A nil cause stands for context.Canceled.
//
//   - A pending future ends at once: it is Canceled, and its function never runs.
//     In a [Pool] it leaves the queue.
//   - A running future ends when its function has returned, so that nothing runs
//     after Result returns. Its state then depends on what the function returned.
//     A value makes it Done. An error that only reports the end of the context
//     makes it Canceled. Any other error makes it Done. Of several causes, the
//     first counts.
//   - A future that has ended does not change, and Cancel returns false.
//
// An error only reports the end of the context when it is or wraps the context's
// Err or its cause, and no other error.
func (f *Future[T]) Cancel(cause error) bool { return f.core.cancel(cause) }

// OnDone arranges that call is called once when f ends. The returned function
// revokes that and reports whether it did. It returns false when call was called, is
// being called, or was revoked before. Python: add_done_callback,
// remove_done_callback.
//
// Functions are called in the order of their OnDone calls, after the channel of
// Done is closed. They run in the goroutine that ends f and delay it. That is the
// goroutine of the function of f, or the caller of Cancel or Resolve. When f has
// ended already, OnDone calls call itself.
//
// A function that panics or calls Goexit does not keep the others from being
// called. It is reported to the failure hook. OnDone panics when call is nil.
func (f *Future[T]) OnDone(call func()) (stop func() bool) {
	if call == nil {
		panic("concurrent: Future.OnDone of a nil function")
	}
	cb := &callback{Value: plain(call)}
	if !f.core.watch(cb, observed) {
		callAll(cb)
		return func() bool { return false }
	}
	return func() bool { return f.core.unwatch(cb) }
}
