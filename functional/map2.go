package functional

import "iter"

// Map2 returns f(a0, b0), f(a1, b1)… up to the end of the shorter sequence. It
// is Python's map of two iterables. For sequences that should have the same
// length map the pairs of [ZipStrict], and to the end of the longer one those
// of [ZipLongest].
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine. Map2 reads the sequences as [Zip] does. It panics at once when a
// sequence or f is nil. For slices [Map2Slice] is many times faster.
func Map2[A, B, C any](a iter.Seq[A], b iter.Seq[B], f func(A, B) C, options ...ZipOptions) iter.Seq[C] {
	if a == nil || b == nil || f == nil {
		panic("functional: Map2 of a nil sequence or function")
	}
	ahead := zipOptions("Map2", options)
	return func(yield func(C) bool) {
		next, stop := pull(b, ahead)
		defer stop()
		a(func(va A) bool {
			vb, ok := next()
			return ok && yield(f(va, vb))
		})
	}
}

// Map2Slice returns a new slice of f(a[0], b[0]), f(a[1], b[1])… up to the end
// of the shorter slice. The result is never nil. Where unequal lengths are a
// mistake, compare them first. Map2Slice panics when f is nil. It makes one
// allocation.
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
