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

func odd(i int) bool    { return i%2 != 0 }
func below4(i int) bool { return i < 4 }

// hooked returns f with a call of hook before it.
func hooked[A, B any](hook func(), f func(A) B) func(A) B {
	return func(a A) B { hook(); return f(a) }
}

// hooked2 is hooked for two arguments.
func hooked2[A, B, C any](hook func(), f func(A, B) C) func(A, B) C {
	return func(a A, b B) C { hook(); return f(a, b) }
}

// keepIf returns the texts of those i of s for which keep(position, i) is true.
func keepIf(s []int, keep func(at, i int) bool) []string {
	out := []string{}
	for at, i := range s {
		if keep(at, i) {
			out = append(out, fmt.Sprint(i))
		}
	}
	return out
}

// prefix returns the length of the beginning of s for which is is true.
func prefix(s []int, is func(int) bool) int {
	for at, i := range s {
		if !is(i) {
			return at
		}
	}
	return len(s)
}

func mix(a, b int) int { return (3*a + b) % 101 }

var _ = hold(
	law{"Map", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Map(src, hooked(hook, func(i int) int { return i * i })))
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			out = append(out, fmt.Sprint(i*i))
		}
		return out
	}, true},
	law{"Filter", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Filter(src, hooked(hook, odd)))
	}, func(s []int) []string { return keepIf(s, func(_, i int) bool { return odd(i) }) }, true},
	law{"FlatMap", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.FlatMap(src, hooked(hook, func(i int) iter.Seq[int] { return count(i % 3) })))
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			out = append(out, each(numbers(max(0, i%3)))...)
		}
		return out
	}, true},
	law{"Take", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Take(src, 30))
	}, func(s []int) []string { return each(s[:min(30, len(s))]) }, true},
	law{"Drop", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Drop(src, 2))
	}, func(s []int) []string { return each(s[min(2, len(s)):]) }, true},
	law{"Drop none", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Drop(src, 0))
	}, each[int], true},
	law{"TakeWhile", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.TakeWhile(src, hooked(hook, below4)))
	}, func(s []int) []string { return each(s[:prefix(s, below4)]) }, true},
	law{"DropWhile", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.DropWhile(src, hooked(hook, below4)))
	}, func(s []int) []string { return each(s[prefix(s, below4):]) }, true},
	law{"StepBy", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.StepBy(src, 3))
	}, func(s []int) []string { return keepIf(s, func(at, _ int) bool { return at%3 == 0 }) }, true},
	law{"StepBy 1", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.StepBy(src, 1))
	}, each[int], true},
	law{"Scan", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Scan(src, 7, hooked2(hook, mix)))
	}, func(s []int) []string {
		out := []string{}
		for n := range len(s) + 1 {
			out = append(out, fmt.Sprint(functional.FoldSlice(s[:n], 7, mix)))
		}
		return out
	}, true},
	law{"Accumulate", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Accumulate(src, hooked2(hook, mix)))
	}, func(s []int) []string {
		out := []string{}
		for n := range len(s) {
			v, _ := functional.ReduceSlice(s[:n+1], mix)
			out = append(out, fmt.Sprint(v))
		}
		return out
	}, true},
	law{"FilterMap", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.FilterMap(src, func(i int) (string, bool) { hook(); return fmt.Sprint(-i), odd(i) }))
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			if odd(i) {
				out = append(out, fmt.Sprint(-i))
			}
		}
		return out
	}, true},
	law{"Flatten", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Flatten(functional.Map(src, func(i int) iter.Seq[int] {
			if i < 1 {
				return nil
			}
			return slices.Values([]int{i, -i})
		})))
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			if i > 0 {
				out = append(out, fmt.Sprint(i), fmt.Sprint(-i))
			}
		}
		return out
	}, true},
	law{"FlattenSlices", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.FlattenSlices(functional.Map(src, func(i int) []int { return []int{i, i, i}[:max(0, i%4)] })))
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			for range i % 4 {
				out = append(out, fmt.Sprint(i))
			}
		}
		return out
	}, true},
	law{"Peek", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return func(yield func(string) bool) {
			seen := 0
			for i := range functional.Peek(src, func(i int) { hook(); seen = 100 * i }) {
				if !yield(fmt.Sprint(i, seen)) {
					return
				}
			}
		}
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			out = append(out, fmt.Sprint(i, 100*i))
		}
		return out
	}, true},
	law{"Enumerate", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.Enumerate(src))
	}, func(s []int) []string { return collect(texts2(slices.All(s))) }, true},
	law{"Cycle", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Take(functional.Cycle(src), 600))
	}, func(s []int) []string {
		if len(s) == 0 {
			return []string{}
		}
		return each(slices.Repeat(s, 600/len(s)+1)[:600])
	}, true},
)

func pair(i int) (int, string) { return i % 5, fmt.Sprint(i) }

// eachPair returns the text of f of each pair of s.
func eachPair(s []int, f func(k int, v string) string) []string {
	out := []string{}
	for _, i := range s {
		if text := f(pair(i)); text != "" {
			out = append(out, text)
		}
	}
	return out
}

var _ = hold(
	law{"ToKV", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.ToKV(src, func(i int) (int, string) { hook(); return pair(i) }))
	}, func(s []int) []string {
		return eachPair(s, func(k int, v string) string { return fmt.Sprint(k, ":", v) })
	}, true},
	law{"FromKV", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return functional.FromKV(functional.ToKV(src, pair), hooked2(hook, func(k int, v string) string { return v + fmt.Sprint(k) }))
	}, func(s []int) []string { return eachPair(s, func(k int, v string) string { return v + fmt.Sprint(k) }) }, true},
	law{"MapKV", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.MapKV(functional.ToKV(src, pair), func(k int, v string) (string, int) { hook(); return v, k }))
	}, func(s []int) []string {
		return eachPair(s, func(k int, v string) string { return fmt.Sprint(v, ":", k) })
	}, true},
	law{"FilterKV", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.FilterKV(functional.ToKV(src, pair), func(k int, v string) bool { hook(); return k > 0 && len(v) > 1 }))
	}, func(s []int) []string {
		return eachPair(s, func(k int, v string) string {
			if k > 0 && len(v) > 1 {
				return fmt.Sprint(k, ":", v)
			}
			return ""
		})
	}, true},
	law{"Keys", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Keys(functional.ToKV(src, pair)))
	}, func(s []int) []string { return eachPair(s, func(k int, _ string) string { return fmt.Sprint(k) }) }, true},
	law{"Values", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Values(functional.ToKV(src, pair)))
	}, func(s []int) []string { return eachPair(s, func(_ int, v string) string { return v }) }, true},
)

func TestRange(t *testing.T) {
	for start := -5; start <= 5; start++ {
		for stop := -5; stop <= 5; stop++ {
			for _, step := range []int{-7, -3, -2, -1, 1, 2, 3, 7} {
				want := []int{}
				for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
					want = append(want, i)
				}
				require.Equal(t, want, slices.AppendSeq([]int{}, functional.Range(start, stop, step)), "Range(%d, %d, %d)", start, stop, step)
			}
		}
	}
}

func TestRangeDoesNotWrapAround(t *testing.T) {
	require.Equal(t, []int8{0, 100}, slices.Collect(functional.Range[int8](0, 127, 100)))
	require.Equal(t, []int8{0, -100}, slices.Collect(functional.Range[int8](0, -128, -100)))
	require.Equal(t, []uint8{250, 252, 254}, slices.Collect(functional.Range[uint8](250, 255, 2)))
	require.Equal(t, []uint{3, 4}, slices.Collect(functional.Range[uint](3, 5, 1)))
	require.Empty(t, slices.Collect(functional.Range[uint](5, 3, 1)))
	require.Equal(t, []int{math.MaxInt - 1}, slices.Collect(functional.Range(math.MaxInt-1, math.MaxInt, 5)))
}

func TestSources(t *testing.T) {
	require.Equal(t, []string{"a", "a"}, slices.Collect(functional.Take(functional.Repeat("a"), 2)))
	calls := 0
	double := functional.Iterate(1, func(i int) int { calls++; return 2 * i })
	for range 2 {
		calls = 0
		require.Equal(t, []int{1, 2, 4, 8}, slices.Collect(functional.Take(double, 4)))
		require.Equal(t, 3, calls)
	}
	once := 0
	require.Equal(t, []int{0}, slices.Collect(functional.Cycle(func(yield func(int) bool) {
		if once++; once == 1 {
			yield(0)
		}
	})), "of a sequence that comes only once")
	require.Equal(t, 2, once)
}

func TestFilterMapSlice(t *testing.T) {
	for _, n := range []int{0, 1, 2, 257} {
		half := func(i int) (int, bool) { return i / 2, i%2 == 0 }
		require.Equal(t, slices.AppendSeq([]int{}, functional.FilterMap(count(n), half)), functional.FilterMapSlice(numbers(n), half))
	}
	a := "a"
	got := functional.FilterMapSlice([]int{0, 1}, func(i int) (*string, bool) { return &a, i == 0 })
	require.Equal(t, []*string{&a}, got)
	require.Nil(t, got[:2][1], "the rejected element is still referred to")
}
