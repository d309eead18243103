package concurrent

import "context"

// A Promise is the producer's side of a [Future]. Any goroutine may end the future
// through it, once. The zero value is a promise whose future is pending. Python:
// Future.set_running_or_notify_cancel, set_result and set_exception.
type Promise[T any] struct{ future Future[T] }

// NewPromise returns a new promise.
func NewPromise[T any]() *Promise[T] { return new(Promise[T]) }

// Future returns the consumer's side. It is always the same future.
func (p *Promise[T]) Future() *Future[T] { return &p.future }

// Start makes the future Running and reports whether the work is to be done. It
// returns false when the future was canceled or has a result, and when Start was
// called before. After Start, Cancel no longer ends the future but the context of
// [Promise.Context]. A promise can be resolved without Start.
func (p *Promise[T]) Start() bool { return p.future.core.start() }

// Context returns a context for the producer's work. It ends when the future is
// canceled, with the cause of that, and when the future ends.
func (p *Promise[T]) Context() context.Context { return p.future.core.context() }

// Resolve ends the future with v, and reports whether the future had not ended
// before, for example by a cancellation. The functions given to OnDone are called
// before Resolve returns.
func (p *Promise[T]) Resolve(v T) bool { return p.future.end(v, result{}, nil) }

// Return ends the future with what a function has returned: a value and an error, which
// may be nil. [Future.Result] returns both, as io.Reader's callers expect. A canceled
// future has no value.
func (p *Promise[T]) Return(v T, err error) bool { return p.future.end(v, result{err: err}, nil) }

// Reject ends the future with err, as Resolve does with a value. An error that only
// reports the end of the context (see [Future.Cancel]) makes the future Canceled. A
// *[PanicError] is an error like any other, and is not raised. Reject panics when err
// is nil.
func (p *Promise[T]) Reject(err error) bool {
	if err == nil {
		panic("concurrent: Promise.Reject of a nil error")
	}
	var none T
	return p.future.end(none, result{err: err}, nil)
}
