package par

import "context"

// Map returns f(ctx, a) for each a of s, in order. Several goroutines run f,
// the caller's among them. It is Python's multiprocessing.Pool.map and
// concurrent.futures.Executor.map.
//
// Map blocks until no f is running. Items begin in order, the first one always
// in the caller's goroutine. The result of a call that succeeds is never nil.
// The failing item with the lowest index ends the call, which returns nil and
// its error. The package documentation describes errors, panics and the end of
// ctx. Map panics when f is nil.
//
// Map costs one go statement and at most 8 allocations on two workers, whatever
// the number of items. Workers take more items at a time while items are cheap,
// and at most a part of what is left (guided self-scheduling): that balances
// skewed work.
func Map[A, B any](ctx context.Context, s []A, f func(context.Context, A) (B, error), options ...Options) ([]B, error) {
	if f == nil {
		panic("par: Map with a nil function")
	}
	p := checked("Map", options)
	out := make([]B, len(s))
	// In place: the loop is a quarter slower in a function that returns it.
	err := runEach(ctx, len(s), p, p.items(), func(w *worker, lo, hi int) {
		for i := lo; i < hi && w.goOn(i); i++ {
			b, err := f(&w.ctx, s[i])
			if err != nil {
				w.fail(i, err)
				continue
			}
			out[i] = b
		}
	})
	if err != nil && !p.AllErrors {
		return nil, err
	}
	return out, err
}
