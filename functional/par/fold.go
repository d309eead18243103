package par

import "context"

// Fold folds s in pieces and merges their results. A piece starts with init()
// and continues as [functional.Fold] does. merge combines the results in the
// order of s and must be associative. init() must be neutral for merge, as 0 is
// for addition. Fold calls init once for each piece: pieces never share a map
// or slice that init makes, and f and merge may change and return their first
// argument.
//
// Fold blocks until none of the functions is running. For an empty s it returns
// init(). The worker that completes the second of two neighboring results
// merges them. merge runs several times at once but never on the same value.
// With Chunk 0 the pieces differ from call to call. With any other Chunk pieces
// and grouping depend on Chunk and len(s) only: floating-point results repeat.
// The only error is the end of ctx. The package documentation describes that
// and panics. Fold panics when a function is nil.
//
// It costs as much as [Map] and one merge for each piece.
func Fold[A, B any](ctx context.Context, s []A, init func() B, f func(B, A) B, merge func(B, B) B, options ...Options) (B, error) {
	if init == nil || f == nil || merge == nil {
		panic("par: Fold with a nil function")
	}
	p := checked("Fold", options)
	acc, some, err := foldPieces(ctx, len(s), p, merge, func(w *worker, lo, hi int) (B, bool) {
		acc := init()
		for i := lo; i < hi && w.goOn(i); i++ {
			acc = f(acc, s[i])
		}
		return acc, true
	})
	if err == nil && !some {
		guard(func() { acc = init() })
	}
	return acc, err
}

// foldPieces combines by merge what piece returns for the ranges of [0, n), and
// reports whether there was anything.
func foldPieces[B any](ctx context.Context, n int, p Options, merge func(B, B) B, piece func(w *worker, lo, hi int) (B, bool)) (acc B, some bool, err error) {
	sp := partials[B]{n: n, chunk: p.Chunk, merge: merge}
	err = runEach(ctx, n, p, p.items(), func(w *worker, lo, hi int) {
		b, some := piece(w, lo, hi)
		// A piece that was not completed is worth merging only for a partial
		// result.
		if w.allErrors || w.at == hi-1 && w.limit.Load() == int64(n) {
			sp.add(partial[B]{lo, hi, b, some})
		}
	})
	if err != nil && !p.AllErrors {
		return acc, false, err
	}
	guard(func() { acc, some = sp.all() })
	return acc, some, err
}
