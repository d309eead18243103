package concurrent

import "context"

// Await waits for f and returns its result, as [Future.Result] does; but when ctx
// ends it cancels f, with the cause of ctx, waits until its function has really
// returned, and only then returns the cause: asyncio.wait_for, with a context in
// place of the timeout. A function that does not heed its context holds it up;
// [Future.Result] is the way to stop waiting while the work goes on, [Shield] to do
// so for one of several who wait.
//
// A function that succeeds although it was canceled has succeeded: its value is
// returned. One that fails otherwise than by being canceled has failed: its error
// is. When ctx is done on entry f is canceled and waited for, and the cause is
// returned whatever f ended with. Where the function panicked or called
// runtime.Goexit, so does Await.
//
// Await panics when f is nil.
func Await[T any](ctx context.Context, f *Future[T]) (T, error) {
	if err := settle(ctx, coresOf("Await", []*Future[T]{f})); err != nil {
		var zero T
		return zero, err
	}
	return f.value, nil
}
