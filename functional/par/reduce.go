package par

import (
	"context"

	"github.com/fanfold/fanfold/functional"
)

// Reduce returns f(…f(f(a0, a1), a2)…, an) over the elements of s, for an
// associative f. Several goroutines reduce neighboring parts, and Reduce
// combines them in order. It is Python's functools.reduce on several cores. For
// an empty s it returns [functional.ErrEmpty].
//
// Reduce blocks, groups, fails and panics as [Fold] does. Where f is as cheap
// as an addition, a loop without a function call is faster: give [Fold] or
// [MapChunks] larger pieces of work.
func Reduce[A any](ctx context.Context, s []A, f func(A, A) A, options ...Options) (A, error) {
	if f == nil {
		panic("par: Reduce with a nil function")
	}
	p := checked("Reduce", options)
	acc, some, err := foldPieces(ctx, len(s), p, f, func(w *worker, lo, hi int) (acc A, some bool) {
		for i := lo; i < hi && w.goOn(i); i++ {
			if some {
				acc = f(acc, s[i])
			} else {
				acc, some = s[i], true
			}
		}
		return acc, some
	})
	if err == nil && !some {
		err = functional.ErrEmpty
	}
	return acc, err
}
