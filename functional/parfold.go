package functional

import "context"

// ParFold folds s in pieces: within a piece it starts with init() and goes on as
// [Fold] does, and the results of the pieces are combined by merge, which must be
// associative, in the order of s. So init() must be neutral for merge, as 0 is
// for addition. It is called once for each piece: pieces never share a map or a
// slice that init makes, and f and merge may change and return their first
// argument.
//
// ParFold blocks until none of the functions is running; it returns init() for an
// empty s. Neighbouring results are combined by whichever worker completed the
// second of them, merge runs several times at once but never on the same value.
// With Chunk 0 the pieces differ from call to call; with a fixed Chunk pieces and
// grouping depend on Chunk and len(s) only, so floating-point results repeat.
// The only error is the end of ctx; see the package documentation for that and
// for panics, and [Par] for the options. ParFold panics when a function is nil.
//
// It costs what [ParMap] costs and one merge for each piece.
func ParFold[A, B any](ctx context.Context, s []A, init func() B, f func(B, A) B, merge func(B, B) B, par ...Par) (B, error) {
	if init == nil || f == nil || merge == nil {
		panic("functional: ParFold with a nil function")
	}
	p := options("ParFold", par)
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

// ParReduce returns f(…f(f(a0, a1), a2)…, an) over the elements of s, for an
// associative f: neighbouring parts are computed at the same time and combined in
// order. It is Python's functools.reduce on several cores. For an empty s it
// returns [ErrEmpty].
//
// ParReduce blocks, groups, fails and panics as [ParFold] does. Where f is as
// cheap as an addition a loop without a function call is faster: give [ParFold]
// or [ParMapChunks] larger pieces of work.
func ParReduce[A any](ctx context.Context, s []A, f func(A, A) A, par ...Par) (A, error) {
	if f == nil {
		panic("functional: ParReduce with a nil function")
	}
	p := options("ParReduce", par)
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
		err = ErrEmpty
	}
	return acc, err
}

// foldPieces combines by merge what piece returns for the ranges of [0, n), and
// reports whether there was anything.
func foldPieces[B any](ctx context.Context, n int, p Par, merge func(B, B) B, piece func(w *worker, lo, hi int) (B, bool)) (acc B, some bool, err error) {
	sp := spans[B]{n: n, chunk: p.Chunk, merge: merge}
	err = runEach(ctx, n, p, p.items(), func(w *worker, lo, hi int) {
		b, some := piece(w, lo, hi)
		// A piece that was not completed is worth merging only for a partial
		// result.
		if w.allErrors || w.at == hi-1 && w.limit.Load() == int64(n) {
			sp.add(span[B]{lo, hi, b, some})
		}
	})
	if err != nil && !p.AllErrors {
		return acc, false, err
	}
	guard(func() { acc, some = sp.all() })
	return acc, some, err
}
