package sequential_test

import (
	"slices"
	"testing"

	gofunctional "github.com/BooleanCat/go-functional/v2/it"
	"github.com/samber/lo"
	loit "github.com/samber/lo/it"

	"github.com/fanfold/fanfold/functional"
)

// BenchmarkMap maps a slice to a slice.
func BenchmarkMap(b *testing.B) {
	s := random(million, 1<<30)
	compare(b, slices.Equal[[]int],
		way[[]int]{"loop", func() []int { return mapLoop(s) }},
		way[[]int]{"lo", func() []int { return lo.Map(s, tripleAt) }},
		way[[]int]{"lo-it", func() []int { return slices.Collect(loit.Map(slices.Values(s), triple)) }},
		way[[]int]{"go-functional", func() []int { return slices.Collect(gofunctional.Map(slices.Values(s), triple)) }},
		way[[]int]{"fanfold", func() []int { return functional.MapSlice(s, triple) }},
		way[[]int]{"fanfold-seq", func() []int { return slices.Collect(functional.Map(slices.Values(s), triple)) }},
		way[[]int]{"fanfold-seq-sized", func() []int {
			return slices.AppendSeq(make([]int, 0, len(s)), functional.Map(slices.Values(s), triple))
		}},
	)
}

func mapLoop(s []int) []int {
	out := make([]int, len(s))
	for i, v := range s {
		out[i] = triple(v)
	}
	return out
}

// BenchmarkReduce adds up a slice.
func BenchmarkReduce(b *testing.B) {
	s := random(million, 1<<30)
	compare(b, same[int],
		way[int]{"loop", func() int { return reduceLoop(s) }},
		way[int]{"lo", func() int { return lo.Reduce(s, addAt, 0) }},
		way[int]{"lo-it", func() int { return loit.Reduce(slices.Values(s), add, 0) }},
		way[int]{"go-functional", func() int { return gofunctional.Fold(slices.Values(s), add, 0) }},
		way[int]{"fanfold", func() int { return functional.FoldSlice(s, 0, add) }},
		way[int]{"fanfold-seq", func() int { return functional.Fold(slices.Values(s), 0, add) }},
	)
}

func reduceLoop(s []int) int {
	sum := 0
	for _, v := range s {
		sum = add(sum, v)
	}
	return sum
}
