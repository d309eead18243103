package functional

import "iter"

// FlatMap returns the elements of f(a) for each a of seq, one sequence after
// the other. It is Python's itertools.chain.from_iterable over a map.
//
// Nothing runs until a loop ranges over the result, and then f and the
// sequences it returns run in the goroutine that ranges. f may return nil for
// an empty sequence. FlatMap panics at once when seq or f is nil.
func FlatMap[A, B any](seq iter.Seq[A], f func(A) iter.Seq[B]) iter.Seq[B] {
	if seq == nil || f == nil {
		panic("functional: FlatMap of a nil sequence or function")
	}
	return func(yield func(B) bool) {
		seq(func(a A) bool {
			inner := f(a)
			if inner == nil {
				return true
			}
			more := true
			inner(func(b B) bool {
				more = yield(b)
				return more
			})
			return more
		})
	}
}

// FlatMapSlice returns a new slice of the elements of f(a) for each a of s, one
// slice after the other. The result is never nil. FlatMapSlice panics when f is
// nil. It allocates as append does.
func FlatMapSlice[A, B any](s []A, f func(A) []B) []B {
	if f == nil {
		panic("functional: FlatMapSlice with a nil function")
	}
	out := []B{}
	for _, a := range s {
		out = append(out, f(a)...)
	}
	return out
}
