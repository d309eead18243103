package sequential_test

import (
	"maps"
	"slices"
	"testing"

	gofunctional "github.com/BooleanCat/go-functional/v2/it"
	"github.com/samber/lo"
	loit "github.com/samber/lo/it"

	"github.com/fanfold/fanfold/functional"
)

// kinds is how many different keys or elements there are.
const kinds = 1000

func kind(i int) int { return i % kinds }

// BenchmarkGroupBy puts a million ints into a thousand groups.
func BenchmarkGroupBy(b *testing.B) {
	s := random(million, 1<<30)
	equal := func(x, y map[int][]int) bool { return maps.EqualFunc(x, y, slices.Equal[[]int]) }
	compare(b, equal,
		way[map[int][]int]{"loop", func() map[int][]int { return groupLoop(s) }},
		way[map[int][]int]{"lo", func() map[int][]int { return lo.GroupBy(s, kind) }},
		way[map[int][]int]{"lo-it", func() map[int][]int { return loit.GroupBy(slices.Values(s), kind) }},
		way[map[int][]int]{"fanfold", func() map[int][]int { return functional.GroupBy(slices.Values(s), kind) }},
	)
}

func groupLoop(s []int) map[int][]int {
	groups := map[int][]int{}
	for _, v := range s {
		k := kind(v)
		groups[k] = append(groups[k], v)
	}
	return groups
}

// BenchmarkDistinct looks for the different ones among a million ints: a thousand,
// or nearly all of them.
func BenchmarkDistinct(b *testing.B) {
	for _, of := range []struct {
		name  string
		limit int
	}{{"1e3", kinds}, {"most", 1 << 30}} {
		b.Run("distinct="+of.name, func(b *testing.B) {
			s := random(million, of.limit)
			compare(b, slices.Equal[[]int],
				way[[]int]{"loop", func() []int { return distinctLoop(s) }},
				way[[]int]{"lo", func() []int { return lo.Uniq(s) }},
				way[[]int]{"lo-it", func() []int { return slices.Collect(loit.Uniq(slices.Values(s))) }},
				way[[]int]{"go-functional", func() []int { return slices.Collect(gofunctional.FilterUnique(slices.Values(s))) }},
				way[[]int]{"fanfold", func() []int { return slices.Collect(functional.Distinct(slices.Values(s))) }},
			)
		})
	}
}

func distinctLoop(s []int) []int {
	var out []int
	seen := map[int]struct{}{}
	for _, v := range s {
		if _, ok := seen[v]; !ok {
			seen[v] = struct{}{}
			out = append(out, v)
		}
	}
	return out
}
