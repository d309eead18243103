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
)

// at is the text of the element of s at i.
func at(s []int, i int) string {
	if i < 0 || i >= len(s) {
		return laws.Optional(0, false)
	}
	return laws.Optional(s[i], true)
}

var _ = laws.Hold(
	laws.Answer("Any", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Any(src, laws.Hooked(hook, laws.IsSeven)))
	}, func(s []int) string { return fmt.Sprint(slices.ContainsFunc(s, laws.IsSeven)) }),
	laws.Answer("All", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.All(src, laws.Hooked(hook, laws.Below4)))
	}, func(s []int) string { return fmt.Sprint(laws.Prefix(s, laws.Below4) == len(s)) }),
	laws.Answer("Contains", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Contains(src, 7))
	}, func(s []int) string { return fmt.Sprint(slices.Contains(s, 7)) }),
	laws.Answer("Count", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Count(src))
	}, func(s []int) string { return fmt.Sprint(len(s)) }),
	laws.Answer("Find", true, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.Find(src, laws.Hooked(hook, laws.IsSeven)))
	}, func(s []int) string { return at(s, slices.IndexFunc(s, laws.IsSeven)) }),
	laws.Answer("First", true, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.First(src))
	}, func(s []int) string { return at(s, 0) }),
	laws.Answer("Last", false, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.Last(src))
	}, func(s []int) string { return at(s, len(s)-1) }),
	laws.Answer("Nth", true, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.Nth(src, 4))
	}, func(s []int) string { return at(s, 4) }),
	laws.Answer("Fold", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Fold(src, 5, laws.Hooked2(hook, laws.Mix)))
	}, func(s []int) string {
		acc := 5
		for _, i := range s {
			acc = laws.Mix(acc, i)
		}
		return fmt.Sprint(acc)
	}),
	laws.Answer("Reduce", false, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.Reduce(src, laws.Hooked2(hook, laws.Mix)))
	}, func(s []int) string {
		if len(s) == 0 {
			return laws.Optional(0, false)
		}
		acc := s[0]
		for _, i := range s[1:] {
			acc = laws.Mix(acc, i)
		}
		return laws.Optional(acc, true)
	}),
	laws.Answer("Sum", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Sum(src))
	}, func(s []int) string {
		sum := 0
		for _, i := range s {
			sum += i
		}
		return fmt.Sprint(sum)
	}),
	laws.Answer("Prod", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Prod(functional.Map(src, func(i int) int { return i | 1 })))
	}, func(s []int) string {
		prod := 1
		for _, i := range s {
			prod *= i | 1
		}
		return fmt.Sprint(prod)
	}),
	laws.Answer("Mean", false, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.Mean(src))
	}, func(s []int) string {
		if len(s) == 0 {
			return laws.Optional(0, false)
		}
		sum := 0
		for _, i := range s {
			sum += i
		}
		return laws.Optional(float64(sum)/float64(len(s)), true)
	}),
	laws.Answer("Min", false, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.Min(src))
	}, func(s []int) string { return at(s, laws.Extreme(s, func(a, b int) bool { return a < b })) }),
	laws.Answer("Max", false, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.Max(src))
	}, func(s []int) string { return at(s, laws.Extreme(s, func(a, b int) bool { return a > b })) }),
	laws.Answer("MinBy", false, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.MinBy(src, laws.Hooked(hook, laws.Key)))
	}, func(s []int) string {
		return at(s, laws.Extreme(s, func(a, b int) bool { return laws.Key(a) < laws.Key(b) }))
	}),
	laws.Answer("MaxBy", false, func(src iter.Seq[int], hook func()) string {
		return laws.Optional(functional.MaxBy(src, laws.Hooked(hook, laws.Key)))
	}, func(s []int) string {
		return at(s, laws.Extreme(s, func(a, b int) bool { return laws.Key(a) > laws.Key(b) }))
	}),
)

func TestQueriesAskForNoMore(t *testing.T) {
	cases := map[string]struct {
		run   func(src iter.Seq[int])
		asked int
	}{
		"Any":      {func(src iter.Seq[int]) { functional.Any(src, laws.IsSeven) }, 8},
		"All":      {func(src iter.Seq[int]) { functional.All(src, laws.Below4) }, 5},
		"Contains": {func(src iter.Seq[int]) { functional.Contains(src, 7) }, 8},
		"Find":     {func(src iter.Seq[int]) { functional.Find(src, laws.IsSeven) }, 8},
		"First":    {func(src iter.Seq[int]) { functional.First(src) }, 1},
		"Nth":      {func(src iter.Seq[int]) { functional.Nth(src, 2) }, 3},
		"TakeWhile": {func(src iter.Seq[int]) {
			for range functional.TakeWhile(src, laws.Below4) {
			}
		}, 5},
		"StepBy": {func(src iter.Seq[int]) { functional.Nth(functional.StepBy(src, 3), 2) }, 7},
	}
	for name, c := range cases {
		asked := 0
		c.run(functional.Peek(laws.Count(100), func(int) { asked++ }))
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
