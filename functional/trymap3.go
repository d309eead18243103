package functional

import "iter"

// TryMap3 is [TryMap2] of three sequences, up to the end of the shortest.
func TryMap3[A, B, C, D any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], f func(A, B, C) (D, error), opts ...ZipOptions) iter.Seq2[D, error] {
	if a == nil || b == nil || c == nil || f == nil {
		panic("functional: TryMap3 of a nil sequence or function")
	}
	ahead := zipOptions("TryMap3", opts)
	return func(yield func(D, error) bool) {
		zip3(a, b, c, ahead, func(va A, vb B, vc C) bool { return yield(resultOf(f(va, vb, vc))) })
	}
}

// TryMap3Strict is [TryMap2Strict] of three sequences: it yields (d, nil), or
// (zero, err) where f failed, and sequences of unequal length end in (zero, err)
// with an err that wraps [ErrUnequal].
func TryMap3Strict[A, B, C, D any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], f func(A, B, C) (D, error), opts ...ZipOptions) iter.Seq2[D, error] {
	if a == nil || b == nil || c == nil || f == nil {
		panic("functional: TryMap3Strict of a nil sequence or function")
	}
	ahead := zipOptions("TryMap3Strict", opts)
	return func(yield func(D, error) bool) {
		err := zip3Strict(a, b, c, ahead, func(va A, vb B, vc C) bool { return yield(resultOf(f(va, vb, vc))) })
		if err != nil {
			var zero D
			yield(zero, err)
		}
	}
}

// TryMap3Longest is [TryMap2Longest] of three sequences, up to the end of the
// longest: it yields (d, nil), or (zero, err) where f failed.
func TryMap3Longest[A, B, C, D any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], noA A, noB B, noC C, f func(A, B, C) (D, error), opts ...ZipOptions) iter.Seq2[D, error] {
	if a == nil || b == nil || c == nil || f == nil {
		panic("functional: TryMap3Longest of a nil sequence or function")
	}
	ahead := zipOptions("TryMap3Longest", opts)
	return func(yield func(D, error) bool) {
		zip3Longest(a, b, c, noA, noB, noC, ahead, func(va A, vb B, vc C) bool { return yield(resultOf(f(va, vb, vc))) })
	}
}
