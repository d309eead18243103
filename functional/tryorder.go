package functional

import (
	"cmp"
	"iter"
)

// TryMinBy is [MinBy] for a function that can fail. It stops at the first error
// and returns it with the least of the elements before; without an error it
// returns the least and nil, and for an empty seq zero and [ErrEmpty].
func TryMinBy[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) (K, error)) (A, error) {
	if seq == nil || key == nil {
		panic("functional: TryMinBy of a nil sequence or function")
	}
	return tryBest(seq, key, func(k, best K) bool { return cmp.Less(k, best) })
}

// TryMaxBy is [MaxBy] for a function that can fail. It stops at the first error
// and returns it with the greatest of the elements before; without an error it
// returns the greatest and nil, and for an empty seq zero and [ErrEmpty].
func TryMaxBy[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) (K, error)) (A, error) {
	if seq == nil || key == nil {
		panic("functional: TryMaxBy of a nil sequence or function")
	}
	return tryBest(seq, key, func(k, best K) bool { return cmp.Less(best, k) })
}

// tryBest returns the first element whose key no other beats.
func tryBest[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) (K, error), beats func(k, best K) bool) (best A, err error) {
	var bestKey K
	some := false
	for a := range seq {
		k, err := key(a)
		if err != nil {
			return best, err
		}
		if !some || beats(k, bestKey) {
			best, bestKey, some = a, k, true
		}
	}
	if !some {
		return best, ErrEmpty
	}
	return best, nil
}

// TrySortedBy is [SortedBy] for a function that can fail. It stops at the first
// error and returns nil and that error.
func TrySortedBy[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) (K, error)) ([]A, error) {
	if seq == nil || key == nil {
		panic("functional: TrySortedBy of a nil sequence or function")
	}
	var s []keyed[A, K]
	for a := range seq {
		k, err := key(a)
		if err != nil {
			return nil, err
		}
		s = append(s, keyed[A, K]{k, a})
	}
	return sortedByKey(s), nil
}
