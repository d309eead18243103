package par

import (
	"context"
	"sync/atomic"
)

// Filter returns a new slice of those a of s for which keep(ctx, a) is true, in
// order. Several goroutines run keep.
//
// Filter blocks until no keep is running. The result of a call that succeeds is
// never nil. The failing item with the lowest index ends the call, which
// returns nil and its error. With AllErrors the result lacks the items that
// failed. The package documentation describes errors, panics and the end of
// ctx. Filter panics when keep is nil.
//
// It costs as much as [Map], one byte for each item, and one pass over s in the
// caller.
func Filter[A any](ctx context.Context, s []A, keep func(context.Context, A) (bool, error), options ...Options) ([]A, error) {
	if keep == nil {
		panic("par: Filter with a nil function")
	}
	p := checked("Filter", options)
	kept := make([]bool, len(s))
	var count atomic.Int64
	err := runEach(ctx, len(s), p, p.items(), func(w *worker, lo, hi int) {
		n := 0
		for i := lo; i < hi && w.goOn(i); i++ {
			ok, err := keep(&w.ctx, s[i])
			if err != nil {
				w.fail(i, err)
				continue
			}
			if ok {
				kept[i] = true
				n++
			}
		}
		count.Add(int64(n))
	})
	if err != nil && !p.AllErrors {
		return nil, err
	}
	out := make([]A, 0, count.Load())
	for i, ok := range kept {
		if ok {
			out = append(out, s[i])
		}
	}
	return out, err
}
