package sequential_test

import (
	"slices"
	"testing"

	gofunctional "github.com/BooleanCat/go-functional/v2/it"
	"github.com/samber/lo"
	loit "github.com/samber/lo/it"

	"github.com/fanfold/fanfold/functional"
)

// BenchmarkChain passes elements through several operators and adds them up.
func BenchmarkChain(b *testing.B) {
	s := random(million, 1<<30)
	for _, chain := range []struct {
		stages string
		ways   []way[int]
	}{
		{"filter-map-reduce", []way[int]{
			{"loop", func() int { return filterMapLoop(s) }},
			{"lo", func() int { return lo.Reduce(lo.Map(lo.Filter(s, oddAt), tripleAt), addAt, 0) }},
			{"lo-it", func() int { return loit.Reduce(loit.Map(loit.Filter(slices.Values(s), odd), triple), add, 0) }},
			{"go-functional", func() int {
				return gofunctional.Fold(gofunctional.Map(gofunctional.Filter(slices.Values(s), odd), triple), add, 0)
			}},
			{"fanfold", func() int {
				return functional.Fold(functional.Map(functional.Filter(slices.Values(s), odd), triple), 0, add)
			}},
		}},
		{"5different-reduce", []way[int]{
			{"loop", func() int { return differentLoop(s) }},
			{"fanfold", func() int {
				return functional.Fold(functional.FilterMap(functional.Drop(functional.TakeWhile(functional.Map(functional.Filter(
					slices.Values(s), odd), triple), below), 10), halve), 0, add)
			}},
		}},
		{"2maps-reduce", mapChains(s, loop2, loIt2, goFunctional2, fanfold2, fused2)},
		{"4maps-reduce", mapChains(s, loop4, loIt4, goFunctional4, fanfold4, fused4)},
		{"6maps-reduce", mapChains(s, loop6, loIt6, goFunctional6, fanfold6, fused6)},
		{"8maps-reduce", mapChains(s, loop8, loIt8, goFunctional8, fanfold8, fused8)},
	} {
		b.Run("stages="+chain.stages, func(b *testing.B) { compare(b, same[int], chain.ways...) })
	}
}

// filterMapLoop adds as the others do, whether it has to or not.
func filterMapLoop(s []int) int {
	sum := 0
	for _, v := range s {
		if odd(v) {
			sum = add(sum, triple(v))
		}
	}
	return sum
}

func below(i int) bool { return i < 1<<40 }

func halve(i int) (int, bool) { return i / 2, i&2 == 0 }

// differentLoop does in a loop what five different operators do.
func differentLoop(s []int) int {
	sum, left := 0, 10
	for _, v := range s {
		if !odd(v) {
			continue
		}
		v = triple(v)
		if !below(v) {
			break
		}
		if left > 0 {
			left--
			continue
		}
		if half, ok := halve(v); ok {
			sum = add(sum, half)
		}
	}
	return sum
}

// mapChains names the chains of several Maps.
func mapChains(s []int, loop, loIt, goFunctional, fanfold, fused func([]int) int) []way[int] {
	return []way[int]{
		{"loop", func() int { return loop(s) }},
		{"lo-it", func() int { return loIt(s) }},
		{"go-functional", func() int { return goFunctional(s) }},
		{"fanfold", func() int { return fanfold(s) }},
		{"fanfold-fused", func() int { return fused(s) }},
	}
}
