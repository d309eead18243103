package functional

import "iter"

// Map3 is [Map2] of three sequences, up to the end of the shortest.
func Map3[A, B, C, D any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], f func(A, B, C) D, opts ...ZipOptions) iter.Seq[D] {
	if a == nil || b == nil || c == nil || f == nil {
		panic("functional: Map3 of a nil sequence or function")
	}
	ahead := zipOptions("Map3", opts)
	return func(yield func(D) bool) {
		zip3(a, b, c, ahead, func(va A, vb B, vc C) bool { return yield(f(va, vb, vc)) })
	}
}

// Map3Strict is [Map2Strict] of three sequences. When one of them ends before
// another does, the results up to there are followed by (zero, err) as the last
// element, with an err that wraps [ErrUnequal].
func Map3Strict[A, B, C, D any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], f func(A, B, C) D, opts ...ZipOptions) iter.Seq2[D, error] {
	if a == nil || b == nil || c == nil || f == nil {
		panic("functional: Map3Strict of a nil sequence or function")
	}
	ahead := zipOptions("Map3Strict", opts)
	return func(yield func(D, error) bool) {
		err := zip3Strict(a, b, c, ahead, func(va A, vb B, vc C) bool { return yield(f(va, vb, vc), nil) })
		if err != nil {
			var zero D
			yield(zero, err)
		}
	}
}

// Map3Longest is [Map2Longest] of three sequences, up to the end of the longest:
// noA, noB and noC stand for the elements that the others do not have.
func Map3Longest[A, B, C, D any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], noA A, noB B, noC C, f func(A, B, C) D, opts ...ZipOptions) iter.Seq[D] {
	if a == nil || b == nil || c == nil || f == nil {
		panic("functional: Map3Longest of a nil sequence or function")
	}
	ahead := zipOptions("Map3Longest", opts)
	return func(yield func(D) bool) {
		zip3Longest(a, b, c, noA, noB, noC, ahead, func(va A, vb B, vc C) bool { return yield(f(va, vb, vc)) })
	}
}
