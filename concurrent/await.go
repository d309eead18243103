package concurrent

import "context"

// Await waits for f and returns its result, as [Future.Result] does. When ctx ends,
// Await cancels f with the cause of ctx and blocks until the function of f has
// returned. Then it returns the cause. It is asyncio.wait_for with a context in
// place of the timeout.
//
// A function that ignores its context delays Await. [Future.Result] stops waiting
// at once and leaves f running. [Shield] lets one of several waiting goroutines
// stop without canceling f.
//
// A function that succeeds although it was canceled has succeeded: Await returns
// its value. A function that fails for another reason than its cancellation has
// failed: Await returns its error. When ctx is done on entry, Await cancels f,
// waits for it and returns the cause, whatever f ended with.
//
// When the function panicked, Await panics with its *[PanicError]. When the
// function called runtime.Goexit, Await does so, too. Await panics when f is nil.
func Await[T any](ctx context.Context, f *Future[T]) (T, error) {
	if err := settle(ctx, coresOf("Await", []*Future[T]{f})); err != nil {
		var zero T
		return zero, err
	}
	return f.value, nil
}
