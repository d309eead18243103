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

var _ = laws.Hold(
	laws.Sequence("Map", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Map(src, laws.Hooked(hook, func(i int) int { return i * i })))
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			out = append(out, fmt.Sprint(i*i))
		}
		return out
	}),
	laws.Sequence("Filter", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Filter(src, laws.Hooked(hook, laws.Odd)))
	}, func(s []int) []string { return laws.KeepIf(s, func(_, i int) bool { return laws.Odd(i) }) }),
	laws.Sequence("FlatMap", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.FlatMap(src, laws.Hooked(hook, func(i int) iter.Seq[int] { return laws.Count(i % 3) })))
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			out = append(out, laws.Each(laws.Numbers(max(0, i%3)))...)
		}
		return out
	}),
	laws.Sequence("Take", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Take(src, 30))
	}, func(s []int) []string { return laws.Each(s[:min(30, len(s))]) }),
	laws.Sequence("Drop", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Drop(src, 2))
	}, func(s []int) []string { return laws.Each(s[min(2, len(s)):]) }),
	laws.Sequence("Drop none", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Drop(src, 0))
	}, laws.Each[int]),
	laws.Sequence("TakeWhile", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.TakeWhile(src, laws.Hooked(hook, laws.Below4)))
	}, func(s []int) []string { return laws.Each(s[:laws.Prefix(s, laws.Below4)]) }),
	laws.Sequence("DropWhile", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.DropWhile(src, laws.Hooked(hook, laws.Below4)))
	}, func(s []int) []string { return laws.Each(s[laws.Prefix(s, laws.Below4):]) }),
	laws.Sequence("StepBy", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.StepBy(src, 3))
	}, func(s []int) []string { return laws.KeepIf(s, func(at, _ int) bool { return at%3 == 0 }) }),
	laws.Sequence("StepBy 1", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.StepBy(src, 1))
	}, laws.Each[int]),
	laws.Sequence("Scan", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Scan(src, 7, laws.Hooked2(hook, laws.Mix)))
	}, func(s []int) []string {
		out := []string{}
		for n := range len(s) + 1 {
			out = append(out, fmt.Sprint(functional.FoldSlice(s[:n], 7, laws.Mix)))
		}
		return out
	}),
	laws.Sequence("Accumulate", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Accumulate(src, laws.Hooked2(hook, laws.Mix)))
	}, func(s []int) []string {
		out := []string{}
		for n := range len(s) {
			v, _ := functional.ReduceSlice(s[:n+1], laws.Mix)
			out = append(out, fmt.Sprint(v))
		}
		return out
	}),
	laws.Sequence("FilterMap", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.FilterMap(src, func(i int) (string, bool) { hook(); return fmt.Sprint(-i), laws.Odd(i) }))
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			if laws.Odd(i) {
				out = append(out, fmt.Sprint(-i))
			}
		}
		return out
	}),
	laws.Sequence("Flatten", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Flatten(functional.Map(src, func(i int) iter.Seq[int] {
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
	}),
	laws.Sequence("FlattenSlices", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.FlattenSlices(functional.Map(src, func(i int) []int { return []int{i, i, i}[:max(0, i%4)] })))
	}, func(s []int) []string {
		out := []string{}
		for _, i := range s {
			for range i % 4 {
				out = append(out, fmt.Sprint(i))
			}
		}
		return out
	}),
	laws.Sequence("Peek", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
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
	}),
	laws.Sequence("Enumerate", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(functional.Enumerate(src))
	}, func(s []int) []string { return laws.Collect(laws.Texts2(slices.All(s))) }),
	laws.Sequence("Cycle", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Take(functional.Cycle(src), 600))
	}, func(s []int) []string {
		if len(s) == 0 {
			return []string{}
		}
		return laws.Each(slices.Repeat(s, 600/len(s)+1)[:600])
	}),
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

var _ = laws.Hold(
	laws.Sequence("ToKV", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(functional.ToKV(src, func(i int) (int, string) { hook(); return pair(i) }))
	}, func(s []int) []string {
		return eachPair(s, func(k int, v string) string { return fmt.Sprint(k, ":", v) })
	}),
	laws.Sequence("FromKV", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return functional.FromKV(functional.ToKV(src, pair), laws.Hooked2(hook, func(k int, v string) string { return v + fmt.Sprint(k) }))
	}, func(s []int) []string { return eachPair(s, func(k int, v string) string { return v + fmt.Sprint(k) }) }),
	laws.Sequence("MapKV", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(functional.MapKV(functional.ToKV(src, pair), func(k int, v string) (string, int) { hook(); return v, k }))
	}, func(s []int) []string {
		return eachPair(s, func(k int, v string) string { return fmt.Sprint(v, ":", k) })
	}),
	laws.Sequence("FilterKV", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(functional.FilterKV(functional.ToKV(src, pair), func(k int, v string) bool { hook(); return k > 0 && len(v) > 1 }))
	}, func(s []int) []string {
		return eachPair(s, func(k int, v string) string {
			if k > 0 && len(v) > 1 {
				return fmt.Sprint(k, ":", v)
			}
			return ""
		})
	}),
	laws.Sequence("Keys", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Keys(functional.ToKV(src, pair)))
	}, func(s []int) []string { return eachPair(s, func(k int, _ string) string { return fmt.Sprint(k) }) }),
	laws.Sequence("Values", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Values(functional.ToKV(src, pair)))
	}, func(s []int) []string { return eachPair(s, func(_ int, v string) string { return v }) }),
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
		require.Equal(t, slices.AppendSeq([]int{}, functional.FilterMap(laws.Count(n), half)), functional.FilterMapSlice(laws.Numbers(n), half))
	}
	a := "a"
	got := functional.FilterMapSlice([]int{0, 1}, func(i int) (*string, bool) { return &a, i == 0 })
	require.Equal(t, []*string{&a}, got)
	require.Nil(t, got[:2][1], "the rejected element is still referred to")
}
