package functional

import "iter"

// Flatten returns the elements of the sequences that seq yields, one sequence
// after the other. It is Python's itertools.chain.from_iterable.
//
// Nothing runs until a loop ranges over the result. Flatten asks seq for the
// next sequence when the one before has ended. A nil sequence counts as an
// empty one. Flatten panics at once when seq is nil.
func Flatten[A any](seq iter.Seq[iter.Seq[A]]) iter.Seq[A] {
	if seq == nil {
		panic("functional: Flatten of a nil sequence")
	}
	return func(yield func(A) bool) {
		seq(func(inner iter.Seq[A]) bool {
			if inner == nil {
				return true
			}
			more := true
			inner(func(a A) bool {
				more = yield(a)
				return more
			})
			return more
		})
	}
}

// FlattenSlices returns the elements of the slices that seq yields, one slice
// after the other. It is the inverse of [Chunk]. For a slice of slices use
// [slices.Concat].
//
// Nothing runs until a loop ranges over the result. FlattenSlices panics at
// once when seq is nil.
func FlattenSlices[S ~[]A, A any](seq iter.Seq[S]) iter.Seq[A] {
	if seq == nil {
		panic("functional: FlattenSlices of a nil sequence")
	}
	return func(yield func(A) bool) {
		seq(func(s S) bool {
			for _, a := range s {
				if !yield(a) {
					return false
				}
			}
			return true
		})
	}
}
