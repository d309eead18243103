package functional_test

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
)

func third(i int) int { return i / 3 }

// runs cuts s where third changes.
func runs(s []int) []string {
	out := []string{}
	for from := 0; from < len(s); {
		to := from + prefix(s[from:], func(i int) bool { return third(i) == third(s[from]) })
		out = append(out, fmt.Sprint(third(s[from]), ":", s[from:to]))
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
func same(i int) int               { return i }

var _ = hold(
	law{"Chunk", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Chunk(src, 4))
	}, func(s []int) []string { return each(slices.Collect(slices.Chunk(s, 4))) }, true},
	law{"Chunk of all", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Chunk(src, math.MaxInt))
	}, func(s []int) []string { return each(slices.Collect(slices.Chunk(s, max(1, len(s))))) }, false},
	law{"Window", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Window(src, 5))
	}, func(s []int) []string {
		out := []string{}
		for i := 5; i <= len(s); i++ {
			out = append(out, fmt.Sprint(s[i-5:i]))
		}
		return out
	}, true},
	law{"Window of 1", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Window(src, 1))
	}, func(s []int) []string { return each(slices.Collect(slices.Chunk(s, 1))) }, true},
	law{"Pairwise", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.Pairwise(src))
	}, func(s []int) []string { return zipped(s[:max(0, len(s)-1)], s[min(1, len(s)):], false, colon) }, true},
	law{"GroupRuns", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.GroupRuns(src, hooked(hook, third)))
	}, runs, true},
	answer("GroupBy", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.GroupBy(src, hooked(hook, third)))
	}, func(s []int) string {
		m := map[int][]int{}
		for _, k := range distinct(functional.MapSlice(s, third), same) {
			m[k] = functional.FilterSlice(s, func(i int) bool { return third(i) == k })
		}
		return fmt.Sprint(m)
	}),
	answer("CountBy", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.CountBy(src, hooked(hook, third)))
	}, func(s []int) string {
		m := map[int]int{}
		for _, k := range distinct(functional.MapSlice(s, third), same) {
			m[k] = len(functional.FilterSlice(s, func(i int) bool { return third(i) == k }))
		}
		return fmt.Sprint(m)
	}),
	answer("Partition", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Partition(src, hooked(hook, odd)))
	}, func(s []int) string {
		return fmt.Sprint(functional.FilterSlice(s, odd), functional.FilterSlice(s, func(i int) bool { return !odd(i) }))
	}),
	answer("ToMap", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.ToMap(src, func(i int) (int, int) { hook(); return third(i), i }))
	}, lastByThird),
	answer("KeyBy", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.KeyBy(src, hooked(hook, third)))
	}, lastByThird),
	law{"Distinct", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Distinct(src))
	}, func(s []int) []string { return each(distinct(s, same)) }, true},
	law{"DistinctBy", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.DistinctBy(src, hooked(hook, third)))
	}, func(s []int) []string { return each(distinct(s, third)) }, true},
	law{"Compress", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Compress(src, functional.Cycle(slices.Values([]bool{true, false, false}))))
	}, func(s []int) []string { return keepIf(s, func(at, _ int) bool { return at%3 == 0 }) }, true},
	law{"Compress by fewer", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Compress(src, functional.Take(functional.Repeat(true), 3), functional.ZipOptions{Ahead: 2}))
	}, func(s []int) []string { return each(s[:min(3, len(s))]) }, true},
	law{"Union", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Union(slices.Values(other), src))
	}, func(s []int) []string { return each(distinct(slices.Concat(other, s), same)) }, true},
	law{"Union, the other way", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Union(src, slices.Values(other)))
	}, func(s []int) []string { return each(distinct(slices.Concat(s, other), same)) }, true},
	law{"Intersection", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Intersection(src, slices.Values(other)))
	}, func(s []int) []string {
		return each(functional.FilterSlice(distinct(s, same), func(i int) bool { return slices.Contains(other, i) }))
	}, false},
	law{"Difference", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Difference(src, slices.Values(other)))
	}, func(s []int) []string { return each(functional.FilterSlice(distinct(s, same), lacks(other))) }, true},
	law{"SymmetricDifference", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.SymmetricDifference(src, slices.Values(other)))
	}, func(s []int) []string {
		return each(append(functional.FilterSlice(distinct(s, same), lacks(other)), functional.FilterSlice(distinct(other, same), lacks(s))...))
	}, true},
)

func lastByThird(s []int) string {
	m := map[int]int{}
	for _, i := range s {
		m[third(i)] = i
	}
	return fmt.Sprint(m)
}

// Chunks and windows that the loop keeps are not written to again, and an append
// to one does not reach the next.
func TestChunksAndWindowsCanBeKept(t *testing.T) {
	for name, seq := range map[string]iter.Seq[[]int]{
		"Chunk":  functional.Chunk(count(100), 3),
		"Window": functional.Window(count(100), 3),
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
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	allocs := testing.AllocsPerRun(5, func() {
		for range functional.Window(count(3000), 10) {
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
			require.Equal(t, numbers(n), slices.AppendSeq([]int{}, functional.FlattenSlices(functional.Chunk(count(n), size))))
		}
	}
}
