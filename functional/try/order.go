package try

import (
	"cmp"
	"iter"
	"slices"

	"github.com/fanfold/fanfold/functional"
)

// SortedBy is [functional.SortedBy] for a function that can fail. It stops at
// the first error and returns nil and that error.
func SortedBy[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) (K, error)) ([]A, error) {
	if seq == nil || key == nil {
		panic("try: SortedBy of a nil sequence or function")
	}
	var s []functional.Pair[K, A]
	for a := range seq {
		k, err := key(a)
		if err != nil {
			return nil, err
		}
		s = append(s, functional.Pair[K, A]{First: k, Second: a})
	}
	slices.SortStableFunc(s, func(x, y functional.Pair[K, A]) int { return cmp.Compare(x.First, y.First) })
	return functional.MapSlice(s, func(x functional.Pair[K, A]) A { return x.Second }), nil
}
