package functional

import "iter"

// Enumerate returns the elements of seq with their positions: (0, a0), (1, a1)…
// It is Python's enumerate, and what [slices.All] is for slices. No operator hands
// indexes to its function; this is where they come from.
//
// Nothing runs until the result is ranged over. Each range counts from 0.
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
