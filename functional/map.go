package functional

import "iter"

// Map returns the sequence of f(a) for each a of seq, in order. It is Python's
// map.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine. The result can be ranged over as often as seq can. Map panics at
// once when seq or f is nil. It costs nothing that a loop does not: a chain of
// different operators compiles to one loop without allocation. Two Maps in a
// row do not, and cost some nanoseconds for an element; one Map of a function
// that calls both does.
func Map[A, B any](seq iter.Seq[A], f func(A) B) iter.Seq[B] {
	if seq == nil || f == nil {
		panic("functional: Map of a nil sequence or function")
	}
	return func(yield func(B) bool) {
		seq(func(a A) bool { return yield(f(a)) })
	}
}

// MapSlice returns a new slice of f(a) for each a of s, in order; it is never
// nil. MapSlice panics when f is nil. It makes one allocation.
func MapSlice[A, B any](s []A, f func(A) B) []B {
	if f == nil {
		panic("functional: MapSlice with a nil function")
	}
	out := make([]B, len(s))
	for i, a := range s {
		out[i] = f(a)
	}
	return out
}
