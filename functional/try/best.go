package try

import (
	"cmp"
	"iter"

	"github.com/fanfold/fanfold/functional"
)

// MinBy is [functional.MinBy] for a function that can fail. It stops at the
// first error and returns it with the least of the elements before. For an
// empty seq it returns zero and [functional.ErrEmpty].
func MinBy[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) (K, error)) (A, error) {
	if seq == nil || key == nil {
		panic("try: MinBy of a nil sequence or function")
	}
	return tryBest(seq, key, func(k, best K) bool { return cmp.Less(k, best) })
}

// MaxBy is [functional.MaxBy] for a function that can fail. It stops at the
// first error and returns it with the greatest of the elements before. For an
// empty seq it returns zero and [functional.ErrEmpty].
func MaxBy[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) (K, error)) (A, error) {
	if seq == nil || key == nil {
		panic("try: MaxBy of a nil sequence or function")
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
		return best, functional.ErrEmpty
	}
	return best, nil
}
