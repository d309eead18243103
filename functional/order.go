package functional

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

// SortedBy returns the elements of seq ordered by their keys; those with equal
// keys stay in the order of seq. It is Python's sorted with a key. Without a key
// there is [slices.Sorted], with a comparison [slices.SortedStableFunc].
//
// SortedBy ranges over seq in the calling goroutine, calls key once for each
// element and does not return before seq ends. Keys are ordered as by
// [cmp.Compare], NaN before all others. The slice is never nil. SortedBy panics
// when seq or key is nil. It needs O(n log n) comparisons, and memory for the
// elements twice and for their keys.
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

// TopK returns the k greatest elements of seq, the greatest first, or all of them
// when there are fewer. It is Python's heapq.nlargest.
//
// TopK ranges over seq in the calling goroutine and does not return before seq
// ends; for k = 0 it does not touch it. Elements are ordered as by [cmp.Compare],
// NaN below all others. The slice is never nil. TopK panics when seq is nil or k is
// negative. It keeps up to 2k elements and needs O(n log k) comparisons; an element
// that is not among the greatest so far costs one.
func TopK[A cmp.Ordered](seq iter.Seq[A], k int) []A {
	checkTop("TopK", seq == nil, k)
	t := newTop(k, cmp.Compare[A])
	if k > 0 {
		seq(func(a A) bool {
			if !t.full || cmp.Less(t.least, a) {
				t.add(a)
			}
			return true
		})
	}
	return t.end()
}

// TopKFunc is [TopK] in the order of compare, which returns a negative number when
// its first argument is less, as for [slices.SortFunc]. Of equal elements the first
// comes first. With the arguments of compare swapped it is Python's
// heapq.nsmallest. It panics when compare is nil, too.
func TopKFunc[A any](seq iter.Seq[A], k int, compare func(A, A) int) []A {
	checkTop("TopKFunc", seq == nil || compare == nil, k)
	t := newTop(k, compare)
	if k > 0 {
		seq(func(a A) bool {
			if !t.full || compare(t.least, a) < 0 {
				t.add(a)
			}
			return true
		})
	}
	return t.end()
}

func checkTop(op string, missing bool, k int) {
	if missing {
		panic("functional: " + op + " of a nil sequence or function")
	}
	if k < 0 {
		panic(fmt.Sprintf("functional: %s of %d elements", op, k))
	}
}

// A top collects candidates for the k greatest elements, and whenever there are
// twice as many as needed sorts them and keeps the better half: unlike a heap that
// is stable, and its sorts run over memory from one end to the other.
type top[A any] struct {
	k       int
	compare func(A, A) int
	best    []A
	full    bool // there have been more than enough
	least   A    // then, what an element has to be greater than
}

func newTop[A any](k int, compare func(A, A) int) *top[A] {
	return &top[A]{k: k, compare: compare, best: []A{}}
}

// add takes a candidate in.
func (t *top[A]) add(a A) {
	t.best = append(t.best, a)
	if len(t.best)-t.k >= t.k {
		t.cut()
		t.full, t.least = true, t.best[t.k-1]
	}
}

// cut sorts the candidates and keeps the k greatest.
func (t *top[A]) cut() {
	slices.SortStableFunc(t.best, func(x, y A) int { return t.compare(y, x) })
	if len(t.best) > t.k {
		clear(t.best[t.k:])
		t.best = t.best[:t.k]
	}
}

// end returns the greatest elements.
func (t *top[A]) end() []A {
	t.cut()
	return t.best
}
