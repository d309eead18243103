package sequential_test

import (
	"cmp"
	"container/heap"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/functional"
)

// BenchmarkTopK finds the ten and the thousand greatest of a million ints.
func BenchmarkTopK(b *testing.B) {
	s := random(million, 1<<30)
	for _, k := range []int{10, 1000} {
		b.Run("k="+strconv.Itoa(k), func(b *testing.B) {
			compare(b, slices.Equal[[]int],
				way[[]int]{"sort", func() []int {
					sorted := slices.Sorted(slices.Values(s))
					top := slices.Clone(sorted[len(sorted)-k:])
					slices.Reverse(top)
					return top
				}},
				way[[]int]{"heap", func() []int { return heapTop(s, k) }},
				way[[]int]{"fanfold", func() []int { return functional.TopK(slices.Values(s), k) }},
			)
		})
	}
}

// An intHeap is the heap of package container/heap's documentation.
type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

// heapTop keeps the k greatest so far in a heap, the least of them first.
func heapTop(s []int, k int) []int {
	h := intHeap(slices.Clone(s[:k]))
	heap.Init(&h)
	for _, v := range s[k:] {
		if v > h[0] {
			h[0] = v
			heap.Fix(&h, 0)
		}
	}
	slices.SortFunc(h, func(x, y int) int { return cmp.Compare(y, x) })
	return h
}

// BenchmarkSortedBy sorts 100,000 names by what they are in lower case, which costs
// more to find out than to compare.
func BenchmarkSortedBy(b *testing.B) {
	var names []string
	for _, v := range random(100_000, 1<<30) {
		names = append(names, "Name-"+strconv.Itoa(v))
	}
	compare(b, slices.Equal[[]string],
		way[[]string]{"slices.SortStableFunc", func() []string {
			sorted := slices.Clone(names)
			slices.SortStableFunc(sorted, func(x, y string) int { return cmp.Compare(strings.ToLower(x), strings.ToLower(y)) })
			return sorted
		}},
		way[[]string]{"fanfold", func() []string { return functional.SortedBy(slices.Values(names), strings.ToLower) }},
	)
}

// BenchmarkMerge merges eight sorted sequences of 12,500 ints.
func BenchmarkMerge(b *testing.B) {
	var parts [][]int
	for part := range slices.Chunk(random(100_000, 1<<30), 12_500) {
		parts = append(parts, slices.Sorted(slices.Values(part)))
	}
	var seqs []iter.Seq[int]
	for _, part := range parts {
		seqs = append(seqs, slices.Values(part))
	}
	compare(b, slices.Equal[[]int],
		way[[]int]{"sort", func() []int {
			all := slices.Concat(parts...)
			slices.Sort(all)
			return all
		}},
		way[[]int]{"hand-pull", func() []int { return mergePull(seqs) }},
		way[[]int]{"fanfold", func() []int { return slices.Collect(functional.Merge(seqs...)) }},
	)
}

// mergePull looks at the heads of all sequences for each element.
func mergePull(seqs []iter.Seq[int]) (all []int) {
	type head struct {
		v    int
		next func() (int, bool)
	}
	var heads []head
	for _, seq := range seqs {
		next, stop := iter.Pull(seq)
		defer stop()
		if v, ok := next(); ok {
			heads = append(heads, head{v, next})
		}
	}
	for len(heads) > 0 {
		least := 0
		for i := range heads {
			if heads[i].v < heads[least].v {
				least = i
			}
		}
		all = append(all, heads[least].v)
		v, ok := heads[least].next()
		heads[least].v = v
		if !ok {
			heads = slices.Delete(heads, least, least+1)
		}
	}
	return all
}
