package par

import (
	"context"

	"github.com/fanfold/fanfold/functional"
)

// MapReduce maps every item of s by f and combines the results by merge, which
// must be associative, in the order of s: Map and Reduce in one, without
// the slice between them.
//
// MapReduce blocks until neither f nor merge is running. For an empty s it
// returns zero and [functional.ErrEmpty]. merge may change both of its arguments and
// return either; it runs several times at once but never on the same value.
// With a fixed Chunk the grouping depends on Chunk and len(s) only. The first
// failing item by index ends the call with its error and a zero result; with
// AllErrors the items that succeeded are combined and returned with the errors.
// See the package documentation for errors, panics and the end of ctx, and
// [Options] for the options. MapReduce panics when a function is nil.
//
// It costs what [Map] costs; at most a few results for each worker are alive
// at a time when Chunk is 0.
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
