package functional_test

import (
	"iter"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
)

func TestSequences(t *testing.T) {
	even := func(i int) bool { return i%2 == 0 }
	thrice := func(i int) iter.Seq[int] {
		if i == 1 {
			return nil
		}
		return slices.Values([]int{i, i, i})
	}
	cases := []struct {
		name string
		seq  iter.Seq[int]
		want []int
	}{
		{"Map", functional.Map(laws.Count(4), func(i int) int { return i * i }), []int{0, 1, 4, 9}},
		{"Map of nothing", functional.Map(laws.Count(0), func(i int) int { return i }), nil},
		{"Filter", functional.Filter(laws.Count(6), even), []int{0, 2, 4}},
		{"FlatMap", functional.FlatMap(laws.Count(3), thrice), []int{0, 0, 0, 2, 2, 2}},
		{"Take fewer", functional.Take(laws.Count(9), 3), []int{0, 1, 2}},
		{"Take all", functional.Take(laws.Count(3), 3), []int{0, 1, 2}},
		{"Take more", functional.Take(laws.Count(2), 3), []int{0, 1}},
		{"Take none", functional.Take(laws.Count(2), 0), nil},
		{"a chain", functional.Take(functional.Map(functional.Filter(laws.Count(100), even), func(i int) int { return i + 1 }), 3), []int{1, 3, 5}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			// Twice, because a sequence can be ranged over again, and with a
			// break after every possible number of elements: an operator that
			// goes on after it makes the runtime panic.
			for range 2 {
				require.Equal(t, c.want, slices.Collect(c.seq))
			}
			for stop := range c.want {
				var got []int
				for i := range c.seq {
					got = append(got, i)
					if len(got) == stop+1 {
						break
					}
				}
				require.Equal(t, c.want[:stop+1], got)
			}
		})
	}
}

func TestTakeAsksForNoMore(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		asked := 0
		for range functional.Take(func(yield func(int) bool) {
			for more := true; more; {
				asked++
				more = yield(asked)
			}
		}, n) {
		}
		require.Equal(t, n, asked)
	}
}

func TestSlices(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		s := laws.Numbers(n)
		before := slices.Clone(s)
		odd := func(i int) bool { return i*i%7 == 2 }
		require.Equal(t, slices.AppendSeq([]string{}, functional.Map(laws.Count(n), strconv.Itoa)), functional.MapSlice(s, strconv.Itoa))
		require.Equal(t, slices.AppendSeq([]int{}, functional.Filter(laws.Count(n), odd)), functional.FilterSlice(s, odd))
		require.Equal(t, slices.AppendSeq([]int{}, functional.FlatMap(laws.Count(n), func(i int) iter.Seq[int] { return laws.Count(i % 3) })),
			functional.FlatMapSlice(s, func(i int) []int { return laws.Numbers(i % 3) }))
		join := func(acc string, i int) string { return acc + strconv.Itoa(i) }
		require.Equal(t, functional.Fold(laws.Count(n), "<", join), functional.FoldSlice(s, "<", join))
		minus := func(a, b int) int { return 3*a - b }
		want, wantOK := functional.Reduce(laws.Count(n), minus)
		got, ok := functional.ReduceSlice(s, minus)
		require.Equal(t, want, got)
		require.Equal(t, wantOK, ok)
		require.Equal(t, n > 0, ok)
		require.Equal(t, before, s)
	}
	require.Equal(t, "<012", functional.Fold(laws.Count(3), "<", func(acc string, i int) string { return acc + strconv.Itoa(i) }))
	got, _ := functional.Reduce(laws.Count(4), func(a, b int) int { return 10*a + b })
	require.Equal(t, 123, got)
}

func TestFilterSliceKeepsNothingElse(t *testing.T) {
	type names []*string
	a, b := "a", "b"
	got := functional.FilterSlice(names{&a, &b}, func(s *string) bool { return s == &a })
	require.Equal(t, names{&a}, got)
	require.Nil(t, got[:2][1], "the rejected element is still referred to")
}
