package par

import "context"

// ForEach calls f(ctx, a) for each a of s. It is [Map] for a function without a
// result.
func ForEach[A any](ctx context.Context, s []A, f func(context.Context, A) error, options ...Options) error {
	if f == nil {
		panic("par: ForEach with a nil function")
	}
	p := checked("ForEach", options)
	return runEach(ctx, len(s), p, p.items(), func(w *worker, lo, hi int) {
		for i := lo; i < hi && w.goOn(i); i++ {
			if err := f(&w.ctx, s[i]); err != nil {
				w.fail(i, err)
			}
		}
	})
}
