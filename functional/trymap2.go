package functional

import "iter"

// TryMap2 is [Map2] for a function that can fail: it yields (c, nil), or
// (zero, err) where f failed, up to the end of the shorter sequence. See [TryMap]
// for what an error means and [Map2] for the rest.
func TryMap2[A, B, C any](a iter.Seq[A], b iter.Seq[B], f func(A, B) (C, error), opts ...ZipOptions) iter.Seq2[C, error] {
	if a == nil || b == nil || f == nil {
		panic("functional: TryMap2 of a nil sequence or function")
	}
	ahead := zipOptions("TryMap2", opts)
	return func(yield func(C, error) bool) {
		next, stop := pull(b, ahead)
		defer stop()
		a(func(va A) bool {
			vb, ok := next()
			return ok && yield(resultOf(f(va, vb)))
		})
	}
}

// resultOf returns its arguments, without the value that came with an error.
func resultOf[A any](a A, err error) (A, error) {
	if err != nil {
		var zero A
		return zero, err
	}
	return a, nil
}

// TryMap2Strict is [Map2Strict] for a function that can fail: it yields (c, nil),
// or (zero, err) where f failed, and sequences of unequal length end in
// (zero, err) with an err that wraps [ErrUnequal]. See [TryMap] for what an error
// means and [Map2] for the rest.
func TryMap2Strict[A, B, C any](a iter.Seq[A], b iter.Seq[B], f func(A, B) (C, error), opts ...ZipOptions) iter.Seq2[C, error] {
	if a == nil || b == nil || f == nil {
		panic("functional: TryMap2Strict of a nil sequence or function")
	}
	pairs := ZipStrict(a, b, ZipOptions{zipOptions("TryMap2Strict", opts)})
	return func(yield func(C, error) bool) {
		pairs(func(p Pair[A, B], err error) bool {
			if err != nil {
				var zero C
				return yield(zero, err)
			}
			return yield(resultOf(f(p.First, p.Second)))
		})
	}
}

// TryMap2Longest is [Map2Longest] for a function that can fail: it yields
// (c, nil), or (zero, err) where f failed. See [TryMap] for what an error means and
// [Map2] for the rest.
func TryMap2Longest[A, B, C any](a iter.Seq[A], b iter.Seq[B], noA A, noB B, f func(A, B) (C, error), opts ...ZipOptions) iter.Seq2[C, error] {
	if a == nil || b == nil || f == nil {
		panic("functional: TryMap2Longest of a nil sequence or function")
	}
	pairs := ZipLongest(a, b, noA, noB, ZipOptions{zipOptions("TryMap2Longest", opts)})
	return func(yield func(C, error) bool) {
		pairs(func(va A, vb B) bool { return yield(resultOf(f(va, vb))) })
	}
}
