package functional

import "context"

// ParMap returns f(ctx, a) for each a of s, in order, computed by several
// goroutines. It is Python's multiprocessing.Pool.map and
// concurrent.futures.Executor.map, with the calling goroutine as one of the
// workers.
//
// ParMap blocks until no f is running. The first item is always begun by the
// caller, items are begun in order, and the result of a call that succeeds is
// never nil. The first failing item by index ends the call with its error and a
// nil result; see the package documentation for errors, panics and the end of
// ctx, and [Par] for the options. ParMap panics when f is nil.
//
// It costs one go statement and at most 8 allocations on two workers, whatever
// the number of items. Chunks grow while items are cheap and are limited to a
// part of what is left (guided self-scheduling), so skewed work is balanced.
func ParMap[A, B any](ctx context.Context, s []A, f func(context.Context, A) (B, error), par ...Par) ([]B, error) {
	if f == nil {
		panic("functional: ParMap with a nil function")
	}
	p := options("ParMap", par)
	out := make([]B, len(s))
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

// ParForEach calls f(ctx, a) for each a of s. It is [ParMap] for a function
// without a result.
func ParForEach[A any](ctx context.Context, s []A, f func(context.Context, A) error, par ...Par) error {
	if f == nil {
		panic("functional: ParForEach with a nil function")
	}
	p := options("ParForEach", par)
	return runEach(ctx, len(s), p, p.items(), func(w *worker, lo, hi int) {
		for i := lo; i < hi && w.goOn(i); i++ {
			if err := f(&w.ctx, s[i]); err != nil {
				w.fail(i, err)
			}
		}
	})
}
