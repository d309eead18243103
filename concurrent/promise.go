package concurrent

import "context"

// A Promise is the producer's side of a [Future]: whoever holds it says what the
// future ends with, from any goroutine, once. The zero value is a promise that
// nobody has kept yet. Python: Future.set_running_or_notify_cancel, set_result
// and set_exception.
type Promise[T any] struct{ future Future[T] }

// NewPromise returns a new promise.
func NewPromise[T any]() *Promise[T] { return new(Promise[T]) }

// Future returns the consumers' side, always the same.
func (p *Promise[T]) Future() *Future[T] { return &p.future }

// Start makes the future Running, so that Cancel asks instead of ending it
// (see [Promise.Context]), and reports whether the work is to be done: false
// says that the future was canceled or has a result, or that Start was called
// before. A promise can be resolved without having been started.
func (p *Promise[T]) Start() bool { return p.future.core.start() }

// Context returns a context for the producer's work. It ends when the future is
// canceled, with Cancel's cause, and when the future ends.
func (p *Promise[T]) Context() context.Context { return p.future.core.context() }

// Resolve ends the future with v and reports whether it had not ended before,
// by a cancellation for one. It calls the functions given to OnDone before it
// returns.
func (p *Promise[T]) Resolve(v T) bool { return p.future.end(v, nil, nil) }

// Reject ends the future with err, which must not be nil, as Resolve does with a
// value. An error that says no more than that the context ended (see
// [Future.Cancel]) makes the future Canceled. A *[PanicError] is raised in
// those who ask for the result.
func (p *Promise[T]) Reject(err error) bool {
	if err == nil {
		panic("concurrent: Promise.Reject: nil error")
	}
	var none T
	return p.future.end(none, err, nil)
}
