package par

import (
	"context"

	"github.com/fanfold/fanfold/functional"
)

// MapReduce returns merge(…merge(f(ctx, a0), f(ctx, a1))…, f(ctx, an)) over the
// elements of s, for an associative merge. It is [Map] and [Reduce] in one,
// without the slice between them. The order is that of s.
//
// MapReduce blocks until neither f nor merge is running. For an empty s it
// returns zero and [functional.ErrEmpty]. merge may change both of its
// arguments and return either. It runs several times at once but never on the
// same value. With a Chunk other than 0 the grouping depends on Chunk and
// len(s) only. The failing item with the lowest index ends the call, which
// returns zero and its error. With AllErrors MapReduce returns the combined
// results of the items that succeeded, and the errors. The package
// documentation describes errors, panics and the end of ctx. MapReduce panics
// when a function is nil.
//
// It costs as much as [Map]. With Chunk 0 it keeps at most a few results for
// each worker at a time.
func MapReduce[A, B any](ctx context.Context, s []A, f func(context.Context, A) (B, error), merge func(B, B) B, options ...Options) (B, error) {
	if f == nil || merge == nil {
		panic("par: MapReduce with a nil function")
	}
	p := checked("MapReduce", options)
	acc, some, err := foldPieces(ctx, len(s), p, merge, func(w *worker, lo, hi int) (acc B, some bool) {
		for i := lo; i < hi && w.goOn(i); i++ {
			b, err := f(&w.ctx, s[i])
			switch {
			case err != nil:
				w.fail(i, err)
			case some:
				acc = merge(acc, b)
			default:
				acc, some = b, true
			}
		}
		return acc, some
	})
	if err == nil && !some {
		err = functional.ErrEmpty
	}
	return acc, err
}
