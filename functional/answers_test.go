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

// An answer is a law about an operator that makes one value of a sequence.
func answer(name string, lazy bool, run func(src iter.Seq[int], hook func()) string, want func(s []int) string) law {
	return law{
		name: name,
		run: func(src iter.Seq[int], hook func()) iter.Seq[string] {
			return result(func() string { return run(src, hook) })
		},
		want: func(s []int) []string { return []string{want(s)} },
		lazy: lazy,
	}
}

// optional is the text of an answer that may not exist.
func optional[A any](a A, ok bool) string { return fmt.Sprint(a, ok) }

// at is the text of the element of s at i.
func at(s []int, i int) string {
	if i < 0 || i >= len(s) {
		return optional(0, false)
	}
	return optional(s[i], true)
}

func isSeven(i int) bool { return i == 7 }

// extreme is the position of the first element of s that beats all others.
func extreme(s []int, beats func(a, b int) bool) int {
	best := -1
	for i, v := range s {
		if best < 0 || beats(v, s[best]) {
			best = i
		}
	}
	return best
}

func key(i int) string { return fmt.Sprint(i * i % 7) }

var _ = hold(
	answer("Any", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Any(src, hooked(hook, isSeven)))
	}, func(s []int) string { return fmt.Sprint(slices.ContainsFunc(s, isSeven)) }),
	answer("All", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.All(src, hooked(hook, below4)))
	}, func(s []int) string { return fmt.Sprint(prefix(s, below4) == len(s)) }),
	answer("Contains", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Contains(src, 7))
	}, func(s []int) string { return fmt.Sprint(slices.Contains(s, 7)) }),
	answer("Count", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Count(src))
	}, func(s []int) string { return fmt.Sprint(len(s)) }),
	answer("Find", true, func(src iter.Seq[int], hook func()) string {
		return optional(functional.Find(src, hooked(hook, isSeven)))
	}, func(s []int) string { return at(s, slices.IndexFunc(s, isSeven)) }),
	answer("First", true, func(src iter.Seq[int], hook func()) string {
		return optional(functional.First(src))
	}, func(s []int) string { return at(s, 0) }),
	answer("Last", false, func(src iter.Seq[int], hook func()) string {
		return optional(functional.Last(src))
	}, func(s []int) string { return at(s, len(s)-1) }),
	answer("Nth", true, func(src iter.Seq[int], hook func()) string {
		return optional(functional.Nth(src, 4))
	}, func(s []int) string { return at(s, 4) }),
	answer("Fold", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Fold(src, 5, hooked2(hook, mix)))
	}, func(s []int) string {
		acc := 5
		for _, i := range s {
			acc = mix(acc, i)
		}
		return fmt.Sprint(acc)
	}),
	answer("Reduce", false, func(src iter.Seq[int], hook func()) string {
		return optional(functional.Reduce(src, hooked2(hook, mix)))
	}, func(s []int) string {
		if len(s) == 0 {
			return optional(0, false)
		}
		acc := s[0]
		for _, i := range s[1:] {
			acc = mix(acc, i)
		}
		return optional(acc, true)
	}),
	answer("Sum", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Sum(src))
	}, func(s []int) string {
		sum := 0
		for _, i := range s {
			sum += i
		}
		return fmt.Sprint(sum)
	}),
	answer("Prod", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Prod(functional.Map(src, func(i int) int { return i | 1 })))
	}, func(s []int) string {
		prod := 1
		for _, i := range s {
			prod *= i | 1
		}
		return fmt.Sprint(prod)
	}),
	answer("Mean", false, func(src iter.Seq[int], hook func()) string {
		return optional(functional.Mean(src))
	}, func(s []int) string {
		if len(s) == 0 {
			return optional(0, false)
		}
		sum := 0
		for _, i := range s {
			sum += i
		}
		return optional(float64(sum)/float64(len(s)), true)
	}),
	answer("Min", false, func(src iter.Seq[int], hook func()) string {
		return optional(functional.Min(src))
	}, func(s []int) string { return at(s, extreme(s, func(a, b int) bool { return a < b })) }),
	answer("Max", false, func(src iter.Seq[int], hook func()) string {
		return optional(functional.Max(src))
	}, func(s []int) string { return at(s, extreme(s, func(a, b int) bool { return a > b })) }),
	answer("MinBy", false, func(src iter.Seq[int], hook func()) string {
		return optional(functional.MinBy(src, hooked(hook, key)))
	}, func(s []int) string { return at(s, extreme(s, func(a, b int) bool { return key(a) < key(b) })) }),
	answer("MaxBy", false, func(src iter.Seq[int], hook func()) string {
		return optional(functional.MaxBy(src, hooked(hook, key)))
	}, func(s []int) string { return at(s, extreme(s, func(a, b int) bool { return key(a) > key(b) })) }),
)

func TestQueriesAskForNoMore(t *testing.T) {
	cases := map[string]struct {
		run   func(src iter.Seq[int])
		asked int
	}{
		"Any":      {func(src iter.Seq[int]) { functional.Any(src, isSeven) }, 8},
		"All":      {func(src iter.Seq[int]) { functional.All(src, below4) }, 5},
		"Contains": {func(src iter.Seq[int]) { functional.Contains(src, 7) }, 8},
		"Find":     {func(src iter.Seq[int]) { functional.Find(src, isSeven) }, 8},
		"First":    {func(src iter.Seq[int]) { functional.First(src) }, 1},
		"Nth":      {func(src iter.Seq[int]) { functional.Nth(src, 2) }, 3},
		"TakeWhile": {func(src iter.Seq[int]) {
			for range functional.TakeWhile(src, below4) {
			}
		}, 5},
		"StepBy": {func(src iter.Seq[int]) { functional.Nth(functional.StepBy(src, 3), 2) }, 7},
	}
	for name, c := range cases {
		asked := 0
		c.run(functional.Peek(count(100), func(int) { asked++ }))
		require.Equal(t, c.asked, asked, name)
	}
}

func TestNaN(t *testing.T) {
	nan := math.NaN()
	same := func(f float64) float64 { return f }
	for _, s := range [][]float64{{nan, 1, 2}, {1, nan, 2}, {1, 2, nan}} {
		seq := slices.Values(s)
		least, _ := functional.Min(seq)
		require.True(t, math.IsNaN(least), "Min of %v", s)
		greatest, _ := functional.Max(seq)
		require.True(t, math.IsNaN(greatest), "Max of %v", s)
		least, _ = functional.MinBy(seq, same)
		require.True(t, math.IsNaN(least), "MinBy of %v", s)
		greatest, _ = functional.MaxBy(seq, same)
		require.Equal(t, 2.0, greatest, "MaxBy of %v", s)
		mean, ok := functional.Mean(seq)
		require.True(t, ok && math.IsNaN(mean), "Mean of %v", s)
	}
}

func TestNumbersOfEveryKind(t *testing.T) {
	type celsius float32
	require.Equal(t, celsius(3.5), functional.Sum(slices.Values([]celsius{1, 2.5})))
	require.Equal(t, 3+1i, functional.Sum(slices.Values([]complex128{1, 2 + 1i})))
	require.Equal(t, uint8(4), functional.Sum(slices.Values([]uint8{250, 10})))
	require.Equal(t, -1+0i, functional.Prod(slices.Values([]complex128{1i, 1i})))
	mean, _ := functional.Mean(slices.Values([]int64{math.MaxInt64, math.MaxInt64}))
	require.Equal(t, float64(math.MaxInt64), mean)
}
