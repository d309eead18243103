package functional

import "iter"

// FilterMap returns, for each a of seq for which f returns (b, true), that b, in
// order: [Map] and [Filter] in one, for functions that find out both at once.
//
// Nothing runs until the result is ranged over, and then f runs in the goroutine
// that ranges. FilterMap panics at once when seq or f is nil.
func FilterMap[A, B any](seq iter.Seq[A], f func(A) (B, bool)) iter.Seq[B] {
	if seq == nil || f == nil {
		panic("functional: FilterMap of a nil sequence or function")
	}
	return func(yield func(B) bool) {
		seq(func(a A) bool {
			b, ok := f(a)
			return !ok || yield(b)
		})
	}
}

// FilterMapSlice returns a new slice of the b of those a of s for which f returns
// (b, true), in order; it is never nil. FilterMapSlice panics when f is nil. It
// makes one allocation, of as many elements as s has.
func FilterMapSlice[A, B any](s []A, f func(A) (B, bool)) []B {
	if f == nil {
		panic("functional: FilterMapSlice with a nil function")
	}
	out := make([]B, len(s))
	n := 0
	for _, a := range s {
		// Written first and counted afterwards, as in FilterSlice.
		b, ok := f(a)
		out[n] = b
		if ok {
			n++
		}
	}
	forget(out, n)
	return out[:n]
}
