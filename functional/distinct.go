package functional

import "iter"

// Distinct returns the elements of seq that differ from all elements before
// them, in order. It is the recipe unique_everseen of Python's itertools. Where
// equal elements are neighbors, [slices.Compact] needs no memory.
//
// Nothing runs until a loop ranges over the result. NaN is not equal to NaN:
// all of them are yielded. Distinct panics at once when seq is nil. The loop
// panics, as a map does, when an element of an interface type cannot be
// compared. Distinct keeps every element that it yields until the loop ends.
func Distinct[A comparable](seq iter.Seq[A]) iter.Seq[A] {
	if seq == nil {
		panic("functional: Distinct of a nil sequence")
	}
	return func(yield func(A) bool) {
		seen := map[A]struct{}{}
		seq(func(a A) bool {
			n := len(seen)
			seen[a] = struct{}{}
			return len(seen) == n || yield(a)
		})
	}
}

// DistinctBy returns the first element of seq for each key, in order.
//
// Nothing runs until a loop ranges over the result. Then key runs once for each
// element, in the loop's goroutine. DistinctBy panics at once when seq or key
// is nil. The loop panics, as a map does, when a key of an interface type
// cannot be compared. DistinctBy keeps every key until the loop ends.
func DistinctBy[A any, K comparable](seq iter.Seq[A], key func(A) K) iter.Seq[A] {
	if seq == nil || key == nil {
		panic("functional: DistinctBy of a nil sequence or function")
	}
	return func(yield func(A) bool) {
		seen := map[K]struct{}{}
		seq(func(a A) bool {
			n := len(seen)
			seen[key(a)] = struct{}{}
			return len(seen) == n || yield(a)
		})
	}
}
