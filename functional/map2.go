package functional

import "iter"

// Map2 returns f(a0, b0), f(a1, b1)… up to the end of the shorter sequence. It is
// Python's map of two iterables. [Map2Strict] reports sequences of unequal length,
// [Map2Longest] goes on to the end of the longer one.
//
// Nothing runs until the result is ranged over, and then f runs in the goroutine
// that ranges. The sequences are read as by [Zip]. Map2 panics at once when a
// sequence or f is nil. For slices [Map2Slice] is many times faster.
func Map2[A, B, C any](a iter.Seq[A], b iter.Seq[B], f func(A, B) C, opts ...ZipOptions) iter.Seq[C] {
	if a == nil || b == nil || f == nil {
		panic("functional: Map2 of a nil sequence or function")
	}
	ahead := zipOptions("Map2", opts)
	return func(yield func(C) bool) {
		next, stop := pull(b, ahead)
		defer stop()
		a(func(va A) bool {
			vb, ok := next()
			return ok && yield(f(va, vb))
		})
	}
}

// Map2Strict is [Map2] of two sequences that should have the same length. When
// they have not, the results up to the end of the shorter are followed by
// (zero, err) as the last element, with an err that wraps [ErrUnequal].
// [TryCollect] and [Until] consume the result.
func Map2Strict[A, B, C any](a iter.Seq[A], b iter.Seq[B], f func(A, B) C, opts ...ZipOptions) iter.Seq2[C, error] {
	if a == nil || b == nil || f == nil {
		panic("functional: Map2Strict of a nil sequence or function")
	}
	pairs := ZipStrict(a, b, ZipOptions{zipOptions("Map2Strict", opts)})
	return func(yield func(C, error) bool) {
		pairs(func(p Pair[A, B], err error) bool {
			if err != nil {
				var zero C
				return yield(zero, err)
			}
			return yield(f(p.First, p.Second), nil)
		})
	}
}

// Map2Longest is [Map2] up to the end of the longer sequence: noA and noB stand
// for the elements that the shorter does not have.
func Map2Longest[A, B, C any](a iter.Seq[A], b iter.Seq[B], noA A, noB B, f func(A, B) C, opts ...ZipOptions) iter.Seq[C] {
	if a == nil || b == nil || f == nil {
		panic("functional: Map2Longest of a nil sequence or function")
	}
	pairs := ZipLongest(a, b, noA, noB, ZipOptions{zipOptions("Map2Longest", opts)})
	return func(yield func(C) bool) {
		pairs(func(va A, vb B) bool { return yield(f(va, vb)) })
	}
}

// Map2Slice returns a new slice of f(a[0], b[0]), f(a[1], b[1])… up to the end of
// the shorter slice; it is never nil. Where unequal lengths are a mistake, compare
// them first. Map2Slice panics when f is nil. It makes one allocation.
func Map2Slice[A, B, C any](a []A, b []B, f func(A, B) C) []C {
	if f == nil {
		panic("functional: Map2Slice with a nil function")
	}
	n := min(len(a), len(b))
	out := make([]C, n)
	a, b = a[:n], b[:n] // no bounds are checked in the loop
	for i := range out {
		out[i] = f(a[i], b[i])
	}
	return out
}
