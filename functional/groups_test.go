package functional_test

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/internal/effort"
)

// runs cuts s where third changes.
func runs(s []int) []string {
	out := []string{}
	for from := 0; from < len(s); {
		to := from + laws.Prefix(s[from:], func(i int) bool { return laws.Third(i) == laws.Third(s[from]) })
		out = append(out, fmt.Sprint(laws.Third(s[from]), ":", s[from:to]))
		from = to
	}
	return out
}

// distinct returns the elements of s whose key none before them has.
func distinct(s []int, key func(int) int) []int {
	out := []int{}
	for _, i := range s {
		if !slices.ContainsFunc(out, func(o int) bool { return key(o) == key(i) }) {
			out = append(out, i)
		}
	}
	return out
}

// other is what the set operations compare their input with.
var other = []int{3, 40, 3, 7, 40, -1}

func lacks(s []int) func(int) bool { return func(i int) bool { return !slices.Contains(s, i) } }

var _ = laws.Hold(
	laws.Sequence("Chunk", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Chunk(src, 4))
	}, func(s []int) []string { return laws.Each(slices.Collect(slices.Chunk(s, 4))) }),
	laws.Sequence("Chunk of all", false, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Chunk(src, math.MaxInt))
	}, func(s []int) []string { return laws.Each(slices.Collect(slices.Chunk(s, max(1, len(s))))) }),
	laws.Sequence("Window", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Window(src, 5))
	}, func(s []int) []string {
		out := []string{}
		for i := 5; i <= len(s); i++ {
			out = append(out, fmt.Sprint(s[i-5:i]))
		}
		return out
	}),
	laws.Sequence("Window of 1", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Window(src, 1))
	}, func(s []int) []string { return laws.Each(slices.Collect(slices.Chunk(s, 1))) }),
	laws.Sequence("Pairwise", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(functional.Pairwise(src))
	}, func(s []int) []string { return zipped(s[:max(0, len(s)-1)], s[min(1, len(s)):], false, colon) }),
	laws.Sequence("GroupRuns", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(functional.GroupRuns(src, laws.Hooked(hook, laws.Third)))
	}, runs),
	laws.Answer("GroupBy", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.GroupBy(src, laws.Hooked(hook, laws.Third)))
	}, func(s []int) string {
		m := map[int][]int{}
		for _, k := range distinct(functional.MapSlice(s, laws.Third), laws.Same) {
			m[k] = functional.FilterSlice(s, func(i int) bool { return laws.Third(i) == k })
		}
		return fmt.Sprint(m)
	}),
	laws.Answer("CountBy", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.CountBy(src, laws.Hooked(hook, laws.Third)))
	}, func(s []int) string {
		m := map[int]int{}
		for _, k := range distinct(functional.MapSlice(s, laws.Third), laws.Same) {
			m[k] = len(functional.FilterSlice(s, func(i int) bool { return laws.Third(i) == k }))
		}
		return fmt.Sprint(m)
	}),
	laws.Answer("Partition", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Partition(src, laws.Hooked(hook, laws.Odd)))
	}, func(s []int) string {
		return fmt.Sprint(functional.FilterSlice(s, laws.Odd), functional.FilterSlice(s, func(i int) bool { return !laws.Odd(i) }))
	}),
	laws.Answer("ToMap", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.ToMap(src, func(i int) (int, int) { hook(); return laws.Third(i), i }))
	}, laws.LastByThird),
	laws.Answer("KeyBy", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.KeyBy(src, laws.Hooked(hook, laws.Third)))
	}, laws.LastByThird),
	laws.Sequence("Distinct", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Distinct(src))
	}, func(s []int) []string { return laws.Each(distinct(s, laws.Same)) }),
	laws.Sequence("DistinctBy", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.DistinctBy(src, laws.Hooked(hook, laws.Third)))
	}, func(s []int) []string { return laws.Each(distinct(s, laws.Third)) }),
	laws.Sequence("Compress", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Compress(src, functional.Cycle(slices.Values([]bool{true, false, false}))))
	}, func(s []int) []string { return laws.KeepIf(s, func(at, _ int) bool { return at%3 == 0 }) }),
	laws.Sequence("Compress by fewer", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Compress(src, functional.Take(functional.Repeat(true), 3), functional.ZipOptions{Ahead: 2}))
	}, func(s []int) []string { return laws.Each(s[:min(3, len(s))]) }),
	laws.Sequence("Union", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Union(slices.Values(other), src))
	}, func(s []int) []string { return laws.Each(distinct(slices.Concat(other, s), laws.Same)) }),
	laws.Sequence("Union, the other way", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Union(src, slices.Values(other)))
	}, func(s []int) []string { return laws.Each(distinct(slices.Concat(s, other), laws.Same)) }),
	laws.Sequence("Intersection", false, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Intersection(src, slices.Values(other)))
	}, func(s []int) []string {
		return laws.Each(functional.FilterSlice(distinct(s, laws.Same), func(i int) bool { return slices.Contains(other, i) }))
	}),
	laws.Sequence("Difference", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Difference(src, slices.Values(other)))
	}, func(s []int) []string { return laws.Each(functional.FilterSlice(distinct(s, laws.Same), lacks(other))) }),
	laws.Sequence("SymmetricDifference", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.SymmetricDifference(src, slices.Values(other)))
	}, func(s []int) []string {
		return laws.Each(append(functional.FilterSlice(distinct(s, laws.Same), lacks(other)), functional.FilterSlice(distinct(other, laws.Same), lacks(s))...))
	}),
)

// Chunks and windows that the loop keeps are not written to again, and an append
// to one does not reach the next.
func TestChunksAndWindowsCanBeKept(t *testing.T) {
	for name, seq := range map[string]iter.Seq[[]int]{
		"Chunk":  functional.Chunk(laws.Count(100), 3),
		"Window": functional.Window(laws.Count(100), 3),
	} {
		var kept, copies [][]int
		for s := range seq {
			longer := append(s, -1)
			kept = append(kept, s, longer)
			copies = append(copies, slices.Clone(s), slices.Clone(longer))
		}
		require.Equal(t, copies, kept, name)
	}
}

func TestWindowAllocatesLittle(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	allocs := testing.AllocsPerRun(5, func() {
		for range functional.Window(laws.Count(3000), 10) {
		}
	})
	require.Less(t, allocs, 110.0)
}

func TestDistinctNaN(t *testing.T) {
	nan := math.NaN()
	s := slices.Values([]float64{nan, 1, nan, 1})
	require.Len(t, slices.Collect(functional.Distinct(s)), 3)
	require.Equal(t, 4, functional.Count(functional.Keys(functional.GroupRuns(s, func(f float64) float64 { return f }))))
	require.Len(t, slices.Collect(functional.Intersection(s, s)), 1)
	require.Len(t, slices.Collect(functional.Difference(s, s)), 2)
}

// What maps cannot compare panics there, too.
func TestKeysThatCannotBeCompared(t *testing.T) {
	seq := slices.Values([]any{1, []int{2}})
	key := func(a any) any { return a }
	for name, call := range map[string]func(){
		"Distinct":   func() { functional.Count(functional.Distinct(seq)) },
		"DistinctBy": func() { functional.Count(functional.DistinctBy(seq, key)) },
		"GroupBy":    func() { functional.GroupBy(seq, key) },
		"Union":      func() { functional.Count(functional.Union(seq, seq)) },
	} {
		require.PanicsWithError(t, "runtime error: hash of unhashable type []int", call, name)
	}
}

func TestFlattenUndoesChunk(t *testing.T) {
	for _, n := range []int{0, 1, 2, 255, 256, 257} {
		for _, size := range []int{1, 2, 16, 300} {
			require.Equal(t, laws.Numbers(n), slices.AppendSeq([]int{}, functional.FlattenSlices(functional.Chunk(laws.Count(n), size))))
		}
	}
}
