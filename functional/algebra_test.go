package functional_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
)

// The operators obey the laws that let a reader rewrite one chain as another.
func FuzzAlgebra(f *testing.F) {
	f.Add([]byte(nil), uint8(1), uint8(1))
	f.Add([]byte{1}, uint8(2), uint8(0))
	f.Add([]byte("the quick brown fox"), uint8(3), uint8(7))
	f.Add(make([]byte, 257), uint8(16), uint8(255))
	f.Fuzz(func(t *testing.T, data []byte, size, seed uint8) {
		s := functional.MapSlice(data, func(b byte) int { return int(b) })
		seq := slices.Values(s)
		n, k := max(1, int(size)), int(seed)
		equal := func(law string, got, want []int) {
			assert.Equal(t, append([]int{}, want...), append([]int{}, got...), law)
		}
		double := func(i int) int { return 2*i + k }

		equal("map fusion",
			slices.Collect(functional.Map(functional.Map(seq, double), laws.Third)),
			slices.Collect(functional.Map(seq, func(i int) int { return laws.Third(double(i)) })))
		equal("filter before or after map",
			slices.Collect(functional.Filter(functional.Map(seq, double), laws.Odd)),
			slices.Collect(functional.Map(functional.Filter(seq, func(i int) bool { return laws.Odd(double(i)) }), double)))
		last, _ := functional.Last(functional.Scan(seq, k, laws.Mix))
		equal("the last of a scan is the fold", []int{last}, []int{functional.Fold(seq, k, laws.Mix)})
		equal("take and drop are a cut", slices.Collect(functional.Chain(functional.Take(seq, k), functional.Drop(seq, k))), s)
		equal("takeWhile and dropWhile, too",
			slices.Collect(functional.Chain(functional.TakeWhile(seq, laws.Odd), functional.DropWhile(seq, laws.Odd))), s)
		equal("flatten undoes chunk", slices.Collect(functional.FlattenSlices(functional.Chunk(seq, n))), s)
		equal("flatten undoes group runs",
			slices.Collect(functional.FlattenSlices(functional.Values(functional.GroupRuns(seq, laws.Third)))), s)
		as, bs := functional.Unzip(functional.Zip(seq, functional.Map(seq, double), functional.ZipOptions{Ahead: n}))
		equal("unzip undoes zip", as, s)
		equal("unzip undoes zip", bs, functional.MapSlice(s, double))
		equal("interleave undoes stepping", slices.Collect(functional.Interleave(deal(seq, n)...)), s)
		yes, no := functional.Partition(seq, laws.Odd)
		equal("partition and merge are a sort",
			slices.Collect(functional.Merge(slices.Values(slices.Sorted(slices.Values(yes))), slices.Values(slices.Sorted(slices.Values(no))))),
			slices.Sorted(seq))
		equal("the top is the end of the sort, reversed",
			functional.TopK(seq, n),
			slices.SortedFunc(seq, func(a, b int) int { return cmp.Compare(b, a) })[:min(n, len(s))])
		equal("sorting is stable",
			functional.SortedBy(seq, laws.Third),
			slices.SortedStableFunc(seq, byThird))
		other := functional.Map(seq, double)
		equal("a union is an intersection and a symmetric difference",
			slices.Sorted(functional.Union(seq, other)),
			slices.Sorted(functional.Chain(functional.Intersection(seq, other), functional.SymmetricDifference(seq, other))))
		equal("FilterSlice is Filter", functional.FilterSlice(s, laws.Odd), slices.Collect(functional.Filter(seq, laws.Odd)))
	})
}
