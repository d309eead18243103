package functional_test

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/internal/effort"
)

// byThird orders numbers so that many different ones are equal.
func byThird(a, b int) int { return cmp.Compare(laws.Third(a), laws.Third(b)) }

// top is the reference for TopKFunc.
func top(s []int, k int, compare func(a, b int) int) string {
	s = slices.Clone(s)
	slices.SortStableFunc(s, func(a, b int) int { return compare(b, a) })
	return fmt.Sprint(s[:min(k, len(s))])
}

// deal gives the elements of seq to n sequences in turn.
func deal(seq iter.Seq[int], n int) []iter.Seq[int] {
	var seqs []iter.Seq[int]
	for i := range n {
		seqs = append(seqs, functional.StepBy(functional.Drop(seq, i), n))
	}
	return seqs
}

var _ = laws.Hold(
	laws.Answer("SortedBy", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.SortedBy(src, laws.Hooked(hook, laws.Third)))
	}, func(s []int) string { return fmt.Sprint(slices.SortedStableFunc(slices.Values(s), byThird)) }),
	laws.Sequence("Merge", false, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Merge(deal(func(yield func(int) bool) {
			for _, i := range slices.Sorted(src) {
				if !yield(i) {
					return
				}
			}
		}, 5)...))
	}, func(s []int) []string { return laws.Each(slices.Sorted(slices.Values(s))) }),
	laws.Sequence("Merge of rising numbers", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		rising := functional.Scan(src, 0, func(sum, i int) int { return sum + i&7 })
		return laws.Texts(functional.Merge(rising, functional.Map(rising, func(i int) int { return 2 * i })))
	}, func(s []int) []string {
		out := []int{0, 0}
		for i, sum := 0, 0; i < len(s); i++ {
			sum += s[i] & 7
			out = append(out, sum, 2*sum)
		}
		return laws.Each(slices.Sorted(slices.Values(out)))
	}),
	laws.Sequence("MergeFunc", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.MergeFunc([]iter.Seq[int]{src}, laws.Hooked2(hook, byThird)))
	}, laws.Each[int]),
	laws.Sequence("Cartesian", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(functional.Cartesian(src, functional.Take(src, 2)))
	}, func(s []int) []string {
		out := []string{}
		for _, a := range s {
			for _, b := range s[:min(2, len(s))] {
				out = append(out, colon(a, b))
			}
		}
		return out
	}),
	laws.Answer("Shuffle", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(slices.Sorted(slices.Values(functional.Shuffle(src, rand.NewPCG(1, 2)))))
	}, func(s []int) string { return fmt.Sprint(slices.Sorted(slices.Values(s))) }),
	laws.Answer("Sample", false, func(src iter.Seq[int], hook func()) string {
		positions := functional.Sample(functional.Keys(functional.Enumerate(src)), 9, rand.NewPCG(1, 2))
		return fmt.Sprint(len(slices.Compact(slices.Sorted(slices.Values(positions)))))
	}, func(s []int) string { return fmt.Sprint(min(9, len(s))) }),
)

var _ = func() (none struct{}) {
	for _, k := range []int{1, 2, 10, 256, math.MaxInt} {
		laws.Hold(laws.Answer(fmt.Sprint("TopK ", k), false, func(src iter.Seq[int], hook func()) string {
			return fmt.Sprint(functional.TopK(src, k))
		}, func(s []int) string { return top(s, k, cmp.Compare) }),
			laws.Answer(fmt.Sprint("TopKFunc ", k), false, func(src iter.Seq[int], hook func()) string {
				return fmt.Sprint(functional.TopKFunc(src, k, laws.Hooked2(hook, byThird)))
			}, func(s []int) string { return top(s, k, byThird) }))
	}
	return none
}()

func TestOrdersOfNaN(t *testing.T) {
	nan := math.NaN()
	seq := slices.Values([]float64{2, nan, 1})
	same := func(f float64) float64 { return f }
	require.Equal(t, "[NaN 1 2]", fmt.Sprint(functional.SortedBy(seq, same)))
	require.Equal(t, "[2 1]", fmt.Sprint(functional.TopK(seq, 2)))
	require.Equal(t, "[2 1 NaN]", fmt.Sprint(functional.TopK(seq, 3)))
	// A NaN that was among the greatest so far gives way to a number.
	require.Equal(t, "[2 1]", fmt.Sprint(functional.TopK(slices.Values([]float64{nan, nan, nan, nan, 1, 2, nan}), 2)))
	nans := slices.Values([]float64{nan, 3})
	require.Equal(t, "[NaN NaN 3 3]", fmt.Sprint(slices.Collect(functional.Merge(nans, nans))))
}

func TestTopKOfNothing(t *testing.T) {
	ranged := false
	untouched := func(func(int) bool) { ranged = true }
	require.Equal(t, []int{}, functional.TopK(untouched, 0))
	require.Equal(t, []int{}, functional.TopKFunc(untouched, 0, cmp.Compare[int]))
	require.Equal(t, []int{}, functional.Sample(untouched, 0, rand.NewPCG(1, 2)))
	require.False(t, ranged)
	require.Equal(t, []int{}, functional.SortedBy(laws.Count(0), laws.Third))
	require.Equal(t, []int{}, functional.Shuffle(laws.Count(0), rand.NewPCG(1, 2)))
}

func TestTopKKeepsFew(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	allocs := testing.AllocsPerRun(5, func() { functional.TopK(laws.Count(100_000), 10) })
	require.Less(t, allocs, 20.0)
}

// Elements that are no better than those at the top cost one comparison.
func TestTopKComparesLittle(t *testing.T) {
	compared := 0
	functional.TopKFunc(functional.Take(functional.Repeat(1), 10_000), 10, func(a, b int) int { compared++; return a - b })
	require.Less(t, compared, 10_200)
}

func TestTopKKeepsNothingElse(t *testing.T) {
	pointers := functional.Map(laws.Count(100), func(i int) *int { return &i })
	got := functional.TopKFunc(pointers, 5, func(a, b *int) int { return *a - *b })
	require.Len(t, got, 5)
	for _, p := range got[:cap(got)][5:] {
		require.Nil(t, p, "an element that was beaten is still referred to")
	}
}

// Equal elements come in the order of the sequences, whichever of these ends.
func TestMergeIsStable(t *testing.T) {
	type tagged struct{ key, seq, at int }
	for n := range 9 {
		var seqs []iter.Seq[tagged]
		var all []tagged
		r := rand.New(rand.NewPCG(uint64(n), 3))
		for seq := range n {
			var s []tagged
			for at, key := 0, 0; at < r.IntN(30); at++ {
				key += r.IntN(2)
				s = append(s, tagged{key, seq, at})
			}
			seqs, all = append(seqs, slices.Values(s)), append(all, s...)
		}
		compare := func(a, b tagged) int { return cmp.Compare(a.key, b.key) }
		slices.SortStableFunc(all, compare)
		require.Equal(t, all, slices.Collect(functional.MergeFunc(seqs, compare)))
	}
}

func TestMergeOfUnsortedSequencesLosesNothing(t *testing.T) {
	s := laws.Small(200)
	got := slices.Collect(functional.Merge(deal(slices.Values(s), 7)...))
	require.ElementsMatch(t, s, got)
}

// words returns all words of k letters out of n, in lexicographic order.
func words(n, k int) [][]int {
	if k == 0 {
		return [][]int{{}}
	}
	out := [][]int{}
	for _, w := range words(n, k-1) {
		for i := range n {
			out = append(out, append(slices.Clone(w), i))
		}
	}
	return out
}

func TestChoices(t *testing.T) {
	for n := range 6 {
		for k := range 7 {
			s, all := laws.Numbers(n), words(n, k)
			rises := func(w []int) bool { return slices.IsSorted(w) }
			differs := func(w []int) bool { return len(distinct(w, laws.Same)) == len(w) }
			both := func(w []int) bool { return rises(w) && differs(w) }
			for name, c := range map[string]struct {
				seq  iter.Seq[[]int]
				want [][]int
			}{
				"Permutations":                {functional.Permutations(s, k), functional.FilterSlice(all, differs)},
				"Combinations":                {functional.Combinations(s, k), functional.FilterSlice(all, both)},
				"CombinationsWithReplacement": {functional.CombinationsWithReplacement(s, k), functional.FilterSlice(all, rises)},
				"CartesianSlices":             {functional.CartesianSlices(slices.Repeat([][]int{s}, k)...), all},
			} {
				for range 2 {
					require.Equal(t, c.want, slices.AppendSeq([][]int{}, c.seq), "%s of %d out of %d", name, k, n)
				}
				for stop := range min(5, len(c.want)) {
					require.Len(t, slices.Collect(functional.Take(c.seq, stop+1)), stop+1)
				}
			}
		}
	}
	require.Empty(t, slices.Collect(functional.CartesianSlices([]int{1}, []int{}, []int{2})))
}

// Every element has the same chance to be chosen.
func TestSampleIsFair(t *testing.T) {
	const n, k, rounds = 50, 7, 20_000
	source := rand.NewPCG(5, 6)
	var hits [n]int
	for range rounds {
		for _, i := range functional.Sample(laws.Count(n), k, source) {
			hits[i]++
		}
	}
	const want = float64(rounds*k) / n // 2800, with a deviation of 49
	for i, h := range hits {
		require.InDelta(t, want, h, 5*49, "element %d", i)
	}
	again := functional.Sample(laws.Count(n), k, rand.NewPCG(1, 1))
	require.Equal(t, again, functional.Sample(laws.Count(n), k, rand.NewPCG(1, 1)))
}

func TestShuffleIsFair(t *testing.T) {
	source := rand.NewPCG(7, 8)
	orders := map[string]int{}
	for range 6000 {
		orders[fmt.Sprint(functional.Shuffle(laws.Count(3), source))]++
	}
	require.Len(t, orders, 6)
	for order, n := range orders {
		require.InDelta(t, 1000, n, 150, order)
	}
}
