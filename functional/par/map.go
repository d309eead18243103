package par

import "context"

// Map returns f(ctx, a) for each a of s, in order, computed by several
// goroutines. It is Python's multiprocessing.Pool.map and
// concurrent.futures.Executor.map, with the calling goroutine as one of the
// workers.
//
// Map blocks until no f is running. The first item is always begun by the
// caller, items are begun in order, and the result of a call that succeeds is
// never nil. The first failing item by index ends the call with its error and a
// nil result; see the package documentation for errors, panics and the end of
// ctx, and [Options] for the options. Map panics when f is nil.
//
// It costs one go statement and at most 8 allocations on two workers, whatever
// the number of items. Chunks grow while items are cheap and are limited to a
// part of what is left (guided self-scheduling), so skewed work is balanced.
func Map[A, B any](ctx context.Context, s []A, f func(context.Context, A) (B, error), options ...Options) ([]B, error) {
	if f == nil {
		panic("par: Map with a nil function")
	}
	p := checked("Map", options)
	out := make([]B, len(s))
	err := runEach(ctx, len(s), p, p.items(), mapItems(out, s, f))
	if err != nil && !p.AllErrors {
		return nil, err
	}
	return out, err
}
