package sequential_test

import (
	"slices"
	"testing"

	gofunctional "github.com/BooleanCat/go-functional/v2/it"
	"github.com/samber/lo"
	loit "github.com/samber/lo/it"

	"github.com/fanfold/fanfold/functional"
)

// BenchmarkFilter keeps half of a slice: elements that no processor can predict, where a
// branch costs a misprediction every other time, and the lower half of a sorted
// slice, where a branch costs nothing.
func BenchmarkFilter(b *testing.B) {
	b.Run("keep=random-half", func(b *testing.B) {
		s := random(million, 1<<30)
		compare(b, slices.Equal[[]int],
			way[[]int]{"loop", func() []int { return filterLoop(s) }},
			way[[]int]{"slices.DeleteFunc", func() []int { return slices.DeleteFunc(slices.Clone(s), even) }},
			way[[]int]{"lo", func() []int { return lo.Filter(s, oddAt) }},
			way[[]int]{"lo-it", func() []int { return slices.Collect(loit.Filter(slices.Values(s), odd)) }},
			way[[]int]{"go-functional", func() []int { return slices.Collect(gofunctional.Filter(slices.Values(s), odd)) }},
			way[[]int]{"fanfold", func() []int { return functional.FilterSlice(s, odd) }},
			way[[]int]{"fanfold-seq", func() []int { return slices.Collect(functional.Filter(slices.Values(s), odd)) }},
		)
	})
	b.Run("keep=first-half", func(b *testing.B) {
		s := random(million, 1<<21)
		slices.Sort(s)
		compare(b, slices.Equal[[]int],
			way[[]int]{"loop", func() []int { return filterSmallLoop(s) }},
			way[[]int]{"slices.DeleteFunc", func() []int { return slices.DeleteFunc(slices.Clone(s), large) }},
			way[[]int]{"lo", func() []int { return lo.Filter(s, smallAt) }},
			way[[]int]{"lo-it", func() []int { return slices.Collect(loit.Filter(slices.Values(s), small)) }},
			way[[]int]{"go-functional", func() []int { return slices.Collect(gofunctional.Filter(slices.Values(s), small)) }},
			way[[]int]{"fanfold", func() []int { return functional.FilterSlice(s, small) }},
			way[[]int]{"fanfold-seq", func() []int { return slices.Collect(functional.Filter(slices.Values(s), small)) }},
		)
	})
}

func even(i int) bool  { return !odd(i) }
func large(i int) bool { return !small(i) }

func filterLoop(s []int) []int {
	out := make([]int, 0, len(s))
	for _, v := range s {
		if odd(v) {
			out = append(out, v)
		}
	}
	return out
}

func filterSmallLoop(s []int) []int {
	out := make([]int, 0, len(s))
	for _, v := range s {
		if small(v) {
			out = append(out, v)
		}
	}
	return out
}
