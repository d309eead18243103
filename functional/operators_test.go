package functional_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
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
		{"Map", functional.Map(count(4), func(i int) int { return i * i }), []int{0, 1, 4, 9}},
		{"Map of nothing", functional.Map(count(0), func(i int) int { return i }), nil},
		{"Filter", functional.Filter(count(6), even), []int{0, 2, 4}},
		{"FlatMap", functional.FlatMap(count(3), thrice), []int{0, 0, 0, 2, 2, 2}},
		{"Take fewer", functional.Take(count(9), 3), []int{0, 1, 2}},
		{"Take all", functional.Take(count(3), 3), []int{0, 1, 2}},
		{"Take more", functional.Take(count(2), 3), []int{0, 1}},
		{"Take none", functional.Take(count(2), 0), nil},
		{"a chain", functional.Take(functional.Map(functional.Filter(count(100), even), func(i int) int { return i + 1 }), 3), []int{1, 3, 5}},
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

// count yields 0…n-1.
func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
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
		s := numbers(n)
		before := slices.Clone(s)
		odd := func(i int) bool { return i*i%7 == 2 }
		require.Equal(t, slices.AppendSeq([]string{}, functional.Map(count(n), strconv.Itoa)), functional.MapSlice(s, strconv.Itoa))
		require.Equal(t, slices.AppendSeq([]int{}, functional.Filter(count(n), odd)), functional.FilterSlice(s, odd))
		require.Equal(t, slices.AppendSeq([]int{}, functional.FlatMap(count(n), func(i int) iter.Seq[int] { return count(i % 3) })),
			functional.FlatMapSlice(s, func(i int) []int { return numbers(i % 3) }))
		join := func(acc string, i int) string { return acc + strconv.Itoa(i) }
		require.Equal(t, functional.Fold(count(n), "<", join), functional.FoldSlice(s, "<", join))
		minus := func(a, b int) int { return 3*a - b }
		want, wantOK := functional.Reduce(count(n), minus)
		got, ok := functional.ReduceSlice(s, minus)
		require.Equal(t, want, got)
		require.Equal(t, wantOK, ok)
		require.Equal(t, n > 0, ok)
		require.Equal(t, before, s)
	}
	require.Equal(t, "<012", functional.Fold(count(3), "<", func(acc string, i int) string { return acc + strconv.Itoa(i) }))
	got, _ := functional.Reduce(count(4), func(a, b int) int { return 10*a + b })
	require.Equal(t, 123, got)
}

func TestFilterSliceKeepsNothingElse(t *testing.T) {
	type names []*string
	a, b := "a", "b"
	got := functional.FilterSlice(names{&a, &b}, func(s *string) bool { return s == &a })
	require.Equal(t, names{&a}, got)
	require.Nil(t, got[:2][1], "the rejected element is still referred to")
}

func TestTryMap(t *testing.T) {
	words := slices.Values(strings.Fields("1 two 3 four 5"))
	var values []int
	var failed int
	for i, err := range functional.TryMap(words, strconv.Atoi) {
		values = append(values, i)
		if err != nil {
			failed++
		}
	}
	require.Equal(t, []int{1, 0, 3, 0, 5}, values)
	require.Equal(t, 2, failed)

	got, err := functional.TryCollect(functional.TryMap(words, strconv.Atoi))
	require.Equal(t, []int{1}, got)
	require.ErrorIs(t, err, strconv.ErrSyntax)

	bad := functional.TryMap(slices.Values([]int{1}), func(int) (int, error) { return 7, errors.New("bad") })
	for i := range bad {
		require.Zero(t, i, "the value of a failed element")
	}
}

func TestUntil(t *testing.T) {
	var err error
	numbers := functional.Until(functional.TryMap(slices.Values(strings.Fields("1 2 x 3")), strconv.Atoi), &err)
	require.Equal(t, []int{1, 2}, slices.Collect(numbers))
	require.ErrorIs(t, err, strconv.ErrSyntax)
	for range numbers {
		break
	}
	require.NoError(t, err, "a range that did not come to the error")
}

func TestWithContext(t *testing.T) {
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := 0
	seq := functional.WithContext(ctx, func(yield func(int) bool) {
		for i := 0; ; i++ {
			asked++
			if i == 3 {
				cancel(cause) // while an element is produced: it still comes
			}
			if !yield(i) {
				return
			}
		}
	})
	for i := range seq {
		require.Zero(t, i)
		break
	}
	got, err := functional.TryCollect(seq)
	require.Equal(t, []int{0, 1, 2, 3}, got)
	require.Equal(t, cause, err)
	require.Equal(t, 5, asked)
	got, err = functional.TryCollect(seq)
	require.Empty(t, got)
	require.Equal(t, cause, err)
	require.Equal(t, 5, asked, "asked after the context had ended")
}

func TestMisuse(t *testing.T) {
	ctx, s, seq := t.Context(), []int{1}, count(1)
	var noSeq iter.Seq[int]
	id := func(_ context.Context, i int) (int, error) { return i, nil }
	add := func(a, b int) int { return a + b }
	zero := func() int { return 0 }
	two := []functional.Par{{}, {}}
	cases := map[string]func(){
		"Map":                      func() { functional.Map[int, int](seq, nil) },
		"Map of nil":               func() { functional.Map(noSeq, func(i int) int { return i }) },
		"MapSlice":                 func() { functional.MapSlice[int, int](s, nil) },
		"Filter":                   func() { functional.Filter(seq, nil) },
		"Filter of nil":            func() { functional.Filter(noSeq, func(int) bool { return true }) },
		"FilterSlice":              func() { functional.FilterSlice(s, nil) },
		"FlatMap":                  func() { functional.FlatMap[int, int](seq, nil) },
		"FlatMap of nil":           func() { functional.FlatMap(noSeq, func(int) iter.Seq[int] { return nil }) },
		"FlatMapSlice":             func() { functional.FlatMapSlice[int, int](s, nil) },
		"Fold":                     func() { functional.Fold(seq, 0, nil) },
		"Fold of nil":              func() { functional.Fold(noSeq, 0, add) },
		"FoldSlice":                func() { functional.FoldSlice(s, 0, nil) },
		"Reduce":                   func() { functional.Reduce(seq, nil) },
		"Reduce of nil":            func() { functional.Reduce(noSeq, add) },
		"ReduceSlice":              func() { functional.ReduceSlice(s, nil) },
		"Take":                     func() { functional.Take(seq, -1) },
		"Take of nil":              func() { functional.Take(noSeq, 1) },
		"TryMap":                   func() { functional.TryMap[int, int](seq, nil) },
		"TryMap of nil":            func() { functional.TryMap(noSeq, func(int) (int, error) { return 0, nil }) },
		"TryCollect":               func() { functional.TryCollect[int](nil) },
		"Until":                    func() { functional.Until(functional.WithContext(ctx, seq), nil) },
		"Until of nil":             func() { functional.Until[int](nil, new(error)) },
		"WithContext":              func() { functional.WithContext(ctx, noSeq) },
		"Lift":                     func() { functional.Lift[int, int](nil) },
		"ParMap":                   func() { functional.ParMap[int, int](ctx, s, nil) },
		"ParForEach":               func() { functional.ParForEach(ctx, s, nil) },
		"ParFilter":                func() { functional.ParFilter(ctx, s, nil) },
		"ParMapChunks":             func() { functional.ParMapChunks[int, int](ctx, s, nil) },
		"ParReduce":                func() { functional.ParReduce(ctx, s, nil) },
		"ParSortFunc":              func() { functional.ParSortFunc(ctx, s, nil) },
		"ParSortStableFunc":        func() { functional.ParSortStableFunc(ctx, s, nil) },
		"ParSort with two Pars":    func() { functional.ParSort(ctx, s, functional.Par{}, functional.Par{}) },
		"ParTopK negative":         func() { functional.ParTopK(ctx, s, -1) },
		"ParTopKFunc":              func() { functional.ParTopKFunc(ctx, s, 1, nil) },
		"ParTopKFunc negative":     func() { functional.ParTopKFunc(ctx, s, -1, add) },
		"ParGroupBy":               func() { functional.ParGroupBy[int, int](ctx, s, nil) },
		"ParDistinct negative":     func() { functional.ParDistinct(ctx, s, functional.Par{Workers: -1}) },
		"ParDistinctBy":            func() { functional.ParDistinctBy[int, int](ctx, s, nil) },
		"ParFold init":             func() { functional.ParFold(ctx, s, nil, add, add) },
		"ParFold f":                func() { functional.ParFold(ctx, s, zero, nil, add) },
		"ParFold merge":            func() { functional.ParFold(ctx, s, zero, add, nil) },
		"MapReduce f":              func() { functional.MapReduce(ctx, s, nil, add) },
		"MapReduce merge":          func() { functional.MapReduce(ctx, s, id, nil) },
		"ParMapSeq":                func() { functional.ParMapSeq[int, int](ctx, seq, nil) },
		"ParMapSeq of nil":         func() { functional.ParMapSeq(ctx, noSeq, id) },
		"ParMap, two options":      func() { functional.ParMap(ctx, s, id, two...) },
		"ParMapSeq, two options":   func() { functional.ParMapSeq(ctx, seq, id, two...) },
		"ParMap, negative Workers": func() { functional.ParMap(ctx, s, id, functional.Par{Workers: -1}) },
		"ParMap, negative Chunk":   func() { functional.ParMap(ctx, nil, id, functional.Par{Chunk: -1}) },
		"ParMapSeq, negative":      func() { functional.ParMapSeq(ctx, seq, id, functional.Par{Window: -1}) },
	}
	for name, call := range cases {
		t.Run(name, func(t *testing.T) {
			defer func() {
				text, _ := recover().(string)
				verb, _, _ := strings.Cut(name, " ")
				verb = strings.TrimSuffix(verb, ",")
				require.True(t, strings.HasPrefix(text, "functional: "+verb+" "), "panicked with %q", text)
			}()
			call()
		})
	}
}
