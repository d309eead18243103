package functional

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/fanfold/fanfold/functional/internal/topk"
)

// SortedBy returns the elements of seq ordered by their keys. Elements with
// equal keys stay in the order of seq. It is Python's sorted with a key.
// Without a key use [slices.Sorted], with a comparison
// [slices.SortedStableFunc].
//
// SortedBy ranges over seq in the calling goroutine and returns when seq ends.
// It calls key once for each element. Keys are ordered as by [cmp.Compare], NaN
// before all others. The slice is never nil. SortedBy panics when seq or key is
// nil. It needs O(n log n) comparisons, and memory for the elements twice and
// for their keys.
func SortedBy[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) K) []A {
	if seq == nil || key == nil {
		panic("functional: SortedBy of a nil sequence or function")
	}
	var s []keyed[A, K]
	for a := range seq {
		s = append(s, keyed[A, K]{key(a), a})
	}
	return sortedByKey(s)
}

// A keyed is an element with its key, so that this is computed once.
type keyed[A any, K cmp.Ordered] struct {
	key     K
	element A
}

// sortedByKey sorts s and returns its elements.
func sortedByKey[A any, K cmp.Ordered](s []keyed[A, K]) []A {
	slices.SortStableFunc(s, func(x, y keyed[A, K]) int { return cmp.Compare(x.key, y.key) })
	return MapSlice(s, func(x keyed[A, K]) A { return x.element })
}

// TopK returns the k greatest elements of seq, the greatest first, or all of
// them when there are fewer. It is Python's heapq.nlargest.
//
// TopK ranges over seq in the calling goroutine and returns when seq ends. For
// k = 0 it does not range over seq. Elements are ordered as by [cmp.Compare],
// NaN below all others. The slice is never nil. TopK panics when seq is nil or
// k is negative. It keeps up to 2k elements and needs O(n log k) comparisons.
// An element that is not among the greatest so far costs one comparison.
func TopK[A cmp.Ordered](seq iter.Seq[A], k int) []A {
	checkTop("TopK", seq == nil, k)
	t := topk.New(k, cmp.Compare[A])
	if k > 0 {
		seq(func(a A) bool {
			if !t.Full || cmp.Less(t.Least, a) {
				t.Add(a)
			}
			return true
		})
	}
	return t.End()
}

// TopKFunc is [TopK] in the order of compare, which returns a negative number
// when its first argument is less, as for [slices.SortFunc]. Of equal elements
// the first in seq comes first. With the arguments of compare swapped it is
// Python's heapq.nsmallest. TopKFunc also panics when compare is nil.
func TopKFunc[A any](seq iter.Seq[A], k int, compare func(A, A) int) []A {
	checkTop("TopKFunc", seq == nil || compare == nil, k)
	t := topk.New(k, compare)
	if k > 0 {
		seq(func(a A) bool {
			if !t.Full || compare(t.Least, a) < 0 {
				t.Add(a)
			}
			return true
		})
	}
	return t.End()
}

func checkTop(op string, missing bool, k int) {
	if missing {
		panic("functional: " + op + " of a nil sequence or function")
	}
	if k < 0 {
		panic(fmt.Sprintf("functional: %s of %d elements, want 0 or more", op, k))
	}
}
