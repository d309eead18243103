package concurrent

import "context"

// Go calls f in a new goroutine and returns the [Future] of its result. The context
// of f is derived from ctx. It ends with ctx, when the future is canceled, and when
// f has returned. If ctx is done on entry, f does not run and the future is
// Canceled. Python: asyncio.create_task.
//
// Go does not block and does not limit the number of goroutines; a [Pool] does. Go
// panics when f is nil.
func Go[T any](ctx context.Context, f func(context.Context) (T, error)) *Future[T] {
	if f == nil {
		panic("concurrent: Go of a nil function")
	}
	s := &spawned[T]{f: f}
	s.future.core.parent = ctx
	if ctx.Err() != nil {
		s.future.core.cancel(context.Cause(ctx))
		return &s.future
	}
	go s.run()
	return &s.future
}

// spawned is a future and its function in one allocation.
type spawned[T any] struct {
	future Future[T]
	f      func(context.Context) (T, error)
}

func (s *spawned[T]) run() {
	f := s.f
	s.f = nil // what it refers to is not kept for as long as the future is
	s.future.perform(f, f)
}
