package functional

import "iter"

// Distinct returns the elements of seq that are not equal to one before them, in
// order. It is the recipe unique_everseen of Python's itertools. Where equal
// elements stand together [slices.Compact] needs no memory.
//
// Nothing runs until the result is ranged over. NaN is not equal to NaN: all of
// them are yielded. Distinct panics at once when seq is nil, and in the loop, as
// maps do, when an element of an interface type cannot be compared. It remembers
// every element that it yields until the loop ends.
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

// DistinctBy returns the elements of seq whose key is not equal to that of one
// before them, in order: the first element of each key.
//
// Nothing runs until the result is ranged over, and then key runs once for each
// element, in the goroutine that ranges. DistinctBy panics at once when seq or key
// is nil, and in the loop, as maps do, when a key of an interface type cannot be
// compared. It remembers every key until the loop ends.
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
