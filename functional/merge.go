package functional

import (
	"cmp"
	"iter"
	"slices"
)

// Merge merges sequences that are sorted into one that is sorted. It is
// Python's heapq.merge. Equal elements come in the order of the sequences. When
// a sequence is not sorted, the result is not sorted but has all elements.
//
// Nothing runs until a loop ranges over the result. Merge reads one element
// ahead of each sequence. Elements are ordered as by [cmp.Compare], NaN before
// all others. Each sequence runs in its own goroutine, which takes turns with
// the loop and ends before the loop is left. Merge panics at once when a
// sequence is nil. An element costs O(log k) comparisons for k sequences and a
// switch between goroutines, about 100 ns.
func Merge[A cmp.Ordered](seqs ...iter.Seq[A]) iter.Seq[A] {
	if slices.ContainsFunc(seqs, isNil) {
		panic("functional: Merge of a nil sequence")
	}
	return merge(slices.Clone(seqs), cmp.Compare[A])
}

// MergeFunc is [Merge] in the order of compare. The sequences must be sorted in
// that order, as by [slices.SortFunc]. compare runs in the loop's goroutine.
// MergeFunc panics at once when a sequence or compare is nil.
func MergeFunc[A any](seqs []iter.Seq[A], compare func(A, A) int) iter.Seq[A] {
	if slices.ContainsFunc(seqs, isNil) || compare == nil {
		panic("functional: MergeFunc of a nil sequence or function")
	}
	return merge(slices.Clone(seqs), compare)
}

// A head is the element that a sequence would yield next.
type head[A any] struct {
	element A
	rank    int // of the sequence among the others
	next    func() (A, bool)
}

// merge holds the heads in a binary heap, the least first, and replaces the first
// in place: container/heap would compare twice as often and box every element.
func merge[A any](seqs []iter.Seq[A], compare func(A, A) int) iter.Seq[A] {
	less := func(x, y *head[A]) bool {
		c := compare(x.element, y.element)
		return c < 0 || c == 0 && x.rank < y.rank
	}
	return func(yield func(A) bool) {
		var heap []head[A]
		for rank, seq := range seqs {
			next, stop := iter.Pull(seq)
			defer stop()
			if a, ok := next(); ok {
				heap = append(heap, head[A]{a, rank, next})
			}
		}
		for i := len(heap)/2 - 1; i >= 0; i-- {
			sink(heap, i, less)
		}
		for len(heap) > 0 {
			if !yield(heap[0].element) {
				return
			}
			if a, ok := heap[0].next(); ok {
				heap[0].element = a
			} else {
				last := len(heap) - 1
				heap[0], heap[last] = heap[last], head[A]{}
				heap = heap[:last]
			}
			sink(heap, 0, less)
		}
	}
}

// sink moves heap[i] down until no head below it is less.
func sink[A any](heap []head[A], i int, less func(x, y *head[A]) bool) {
	for {
		least := 2*i + 1
		if least >= len(heap) {
			return
		}
		if right := least + 1; right < len(heap) && less(&heap[right], &heap[least]) {
			least = right
		}
		if !less(&heap[least], &heap[i]) {
			return
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
}
