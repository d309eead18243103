package functional

import "iter"

// Enumerate returns the elements of seq with their positions: (0, a0), (1, a1)…
// It is Python's enumerate, and [slices.All] for a sequence. No operator passes
// indexes to its function: Enumerate makes them.
//
// Nothing runs until a loop ranges over the result. Each range counts from 0.
// Enumerate panics at once when seq is nil.
func Enumerate[A any](seq iter.Seq[A]) iter.Seq2[int, A] {
	if seq == nil {
		panic("functional: Enumerate of a nil sequence")
	}
	return func(yield func(int, A) bool) {
		i := -1
		seq(func(a A) bool {
			i++
			return yield(i, a)
		})
	}
}
