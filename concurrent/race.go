package concurrent

import "context"

// Race calls all fs at the same time and returns the first result: [Staggered] without
// a delay. The result of a future takes part as f.Result, and the future goes on when
// it has lost.
func Race[T any](ctx context.Context, fs ...func(context.Context) (T, error)) (T, error) {
	return Staggered(ctx, 0, fs...)
}
