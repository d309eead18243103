package functional

import "iter"

// FilterMap returns the b of those a of seq for which f(a) returns (b, true),
// in order. It is [Map] and [Filter] in one, for a function that finds out both
// at once.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine. FilterMap panics at once when seq or f is nil.
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

// FilterMapSlice returns a new slice of the b of those a of s for which f(a)
// returns (b, true), in order. The result is never nil. FilterMapSlice panics
// when f is nil. It makes one allocation, for as many elements as s has.
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
