package sorts

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"testing"

	pargo "github.com/exascience/pargo/sort"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/par"
)

const n = 1_000_000

// inputs give the ith of the ints to sort.
var inputs = []struct {
	name string
	at   func(r *rand.Rand, i int) int
}{
	{"random", func(r *rand.Rand, _ int) int { return int(r.Uint64()) }},
	{"below-1e6", func(r *rand.Rand, _ int) int { return r.IntN(1e6) }},
	{"10-values", func(r *rand.Rand, _ int) int { return r.IntN(10) }},
	{"all-equal", func(*rand.Rand, int) int { return 7 }},
	{"ascending", func(_ *rand.Rand, i int) int { return i }},
	{"descending", func(_ *rand.Rand, i int) int { return n - i }},
}

// each runs bench with the inputs of these names, made of ints by of.
func each[E any](b *testing.B, of func(int) E, bench func(b *testing.B, input []E), names ...string) {
	for _, in := range inputs {
		if !slices.Contains(names, in.name) {
			continue
		}
		r := rand.New(rand.NewPCG(1, 2))
		input := make([]E, n)
		for i := range input {
			input[i] = of(in.at(r, i))
		}
		b.Run("input="+in.name, func(b *testing.B) { bench(b, input) })
	}
}

// A sorter is one way of sorting a slice.
type sorter[E any] struct {
	impl  string
	whole bool // uses all processors: measured with as many workers only
	sort  func(s []E, workers int) error
}

// measure measures each sorter.
func measure[E any](b *testing.B, input []E, compare func(a, b E) int, sorters []sorter[E]) {
	s := make([]E, len(input))
	for _, sorter := range sorters {
		b.Run("impl="+sorter.impl, func(b *testing.B) {
			counts := []int{1, 2}
			if procs := runtime.GOMAXPROCS(0); sorter.whole {
				counts = []int{procs}
			} else if procs > 2 {
				counts = append(counts, procs)
			}
			for _, workers := range counts {
				b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						b.StopTimer()
						copy(s, input)
						b.StartTimer()
						if err := sorter.sort(s, workers); err != nil {
							b.Fatal(err)
						}
					}
					require.True(b, slices.IsSortedFunc(s, compare), "it does not sort")
				})
			}
		})
	}
}

func BenchmarkParSort(b *testing.B) {
	each(b, func(i int) int { return i }, func(b *testing.B, input []int) {
		measure(b, input, cmp.Compare[int], []sorter[int]{
			{impl: "slices.Sort", sort: func(s []int, _ int) error { slices.Sort(s); return nil }},
			{impl: "pargo", whole: true, sort: func(s []int, _ int) error { pargo.Sort(pargo.IntSlice(s)); return nil }},
			{impl: "fanfold", sort: parSort[int]},
		})
	}, "random", "below-1e6", "10-values", "all-equal", "ascending", "descending")
}

func BenchmarkParSortFloats(b *testing.B) {
	each(b, func(i int) float64 { return float64(i) }, func(b *testing.B, input []float64) {
		measure(b, input, cmp.Compare[float64], []sorter[float64]{
			{impl: "slices.Sort", sort: func(s []float64, _ int) error { slices.Sort(s); return nil }},
			{impl: "pargo", whole: true, sort: func(s []float64, _ int) error { pargo.Sort(pargo.Float64Slice(s)); return nil }},
			{impl: "fanfold", sort: parSort[float64]},
		})
	}, "random")
}

func BenchmarkParSortStrings(b *testing.B) {
	each(b, strconv.Itoa, func(b *testing.B, input []string) {
		measure(b, input, cmp.Compare[string], []sorter[string]{
			{impl: "slices.Sort", sort: func(s []string, _ int) error { slices.Sort(s); return nil }},
			{impl: "pargo", whole: true, sort: func(s []string, _ int) error { pargo.Sort(pargo.StringSlice(s)); return nil }},
			{impl: "fanfold", sort: parSort[string]},
		})
	}, "random", "10-values")
}

func parSort[E cmp.Ordered](s []E, workers int) error {
	return par.Sort(context.Background(), s, par.Options{Workers: workers})
}

func BenchmarkParSortFunc(b *testing.B) {
	compare := cmp.Compare[int]
	each(b, func(i int) int { return i }, func(b *testing.B, input []int) {
		measure(b, input, compare, []sorter[int]{
			{impl: "slices.SortFunc", sort: func(s []int, _ int) error { slices.SortFunc(s, compare); return nil }},
			{impl: "fanfold", sort: func(s []int, workers int) error {
				return par.SortFunc(context.Background(), s, compare, par.Options{Workers: workers})
			}},
		})
	}, "random", "10-values", "ascending", "descending")
}

func BenchmarkParSortStableFunc(b *testing.B) {
	compare := cmp.Compare[int]
	each(b, func(i int) int { return i }, func(b *testing.B, input []int) {
		measure(b, input, compare, []sorter[int]{
			{impl: "slices.SortStableFunc", sort: func(s []int, _ int) error { slices.SortStableFunc(s, compare); return nil }},
			{impl: "pargo", whole: true, sort: func(s []int, _ int) error { pargo.StableSort(pargo.IntSlice(s)); return nil }},
			{impl: "fanfold", sort: func(s []int, workers int) error {
				return par.SortStableFunc(context.Background(), s, compare, par.Options{Workers: workers})
			}},
		})
	}, "random", "10-values", "ascending")
}
