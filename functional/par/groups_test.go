package par_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/internal/effort"
)

// groupSizes are lengths with one shard and with several, but for the last, which the race
// detector does without.
var groupSizes = []int{0, 1, 2, 255, 256, 257, 16_384, 16_383}[:effort.Times(8, 7, 8)]

func TestGroupBy(t *testing.T) {
	for _, n := range groupSizes {
		for _, groups := range []int{1, 7, 1000, math.MaxInt} {
			s := cards(n, shapes["random"])
			key := func(c card) int { return int(uint(c.key) % uint(groups)) }
			want := functional.GroupBy(slices.Values(s), key)
			for _, workers := range []int{1, 2, 5, 100} {
				got, err := par.GroupBy(t.Context(), s, functional.Lift(key), par.Options{Workers: workers})
				require.NoError(t, err)
				require.NotNil(t, got)
				require.Len(t, got, len(want))
				for k := range want {
					require.True(t, slices.Equal(want[k], got[k]), "%d cards, %d workers: group %d of %d is not GroupBy's", n, workers, k, groups)
				}
			}
		}
	}
}

func TestDistinct(t *testing.T) {
	for _, n := range groupSizes {
		for name, shape := range shapes {
			s := cards(n, shape)
			keys := functional.MapSlice(s, keyOf)
			want := slices.Collect(functional.Distinct(slices.Values(keys)))
			wantCards := slices.Collect(functional.DistinctBy(slices.Values(s), keyOf))
			for _, options := range []par.Options{{Workers: 1}, {Workers: 2}, {Workers: 5, Chunk: 100}} {
				got, err := par.Distinct(t.Context(), keys, options)
				require.NoError(t, err)
				require.NotNil(t, got)
				require.True(t, slices.Equal(got, want), "%d %s, %v", n, name, options)
				gotCards, err := par.DistinctBy(t.Context(), s, functional.Lift(keyOf), options)
				require.NoError(t, err)
				require.NotNil(t, gotCards)
				require.True(t, slices.Equal(gotCards, wantCards), "%d %s, %v", n, name, options)
			}
		}
	}
}

// Keys are equal as == has it.
func TestGroupsOfFloats(t *testing.T) {
	for _, n := range []int{10, 40_000} {
		s := make([]float64, n)
		for i := range s {
			s[i] = []float64{math.NaN(), 0, math.Copysign(0, -1), 1}[i%4]
		}
		nans := (n + 3) / 4
		distinct, err := par.Distinct(t.Context(), s, par.Options{Workers: 4})
		require.NoError(t, err)
		require.Len(t, distinct, nans+2)
		groups, err := par.GroupBy(t.Context(), s, functional.Lift(func(f float64) float64 { return f }), par.Options{Workers: 4})
		require.NoError(t, err)
		require.Len(t, groups, nans+2)
		require.Len(t, groups[0], len(functional.FilterSlice(s, func(f float64) bool { return f == 0 })))
	}
}

func TestGroupsWithKeysThatCannotBeCompared(t *testing.T) {
	for _, n := range []int{10, 40_000} {
		s := make([]any, n)
		for i := range s {
			s[i] = i % 3
		}
		s[n/2] = []int{1}
		same := functional.Lift(func(a any) any { return a })
		for name, call := range map[string]func(){
			"Distinct":   func() { par.Distinct(t.Context(), s) },
			"DistinctBy": func() { par.DistinctBy(t.Context(), s, same) },
			"GroupBy":    func() { par.GroupBy(t.Context(), s, same) },
		} {
			require.Contains(t, fmt.Sprint(panicOf(t, call).Value), "hash", name)
		}
	}
}

// A failure has no part in the result, but with AllErrors the others have.
func TestGroupsThatFail(t *testing.T) {
	for _, n := range []int{12, 40_000} {
		bad := errors.New("bad")
		key := func(_ context.Context, i int) (int, error) {
			if i%4 == 0 {
				return 1, bad
			}
			return i % 3, nil
		}
		good := functional.FilterSlice(laws.Numbers(n), func(i int) bool { return i%4 != 0 })
		for _, options := range []par.Options{{Workers: 1}, {Workers: 4}, {Workers: 100}} {
			groups, err := par.GroupBy(t.Context(), laws.Numbers(n), key, options)
			require.Nil(t, groups)
			require.Equal(t, &functional.IndexError{Index: 0, Err: bad}, err)
			firsts, err := par.DistinctBy(t.Context(), laws.Numbers(n), key, options)
			require.Nil(t, firsts)
			require.Equal(t, &functional.IndexError{Index: 0, Err: bad}, err)

			options.AllErrors = true
			groups, err = par.GroupBy(t.Context(), laws.Numbers(n), key, options)
			require.Equal(t, n/4, strings.Count(err.Error(), "bad"))
			require.Equal(t, functional.GroupBy(slices.Values(good), func(i int) int { return i % 3 }), groups)
			firsts, err = par.DistinctBy(t.Context(), laws.Numbers(n), key, options)
			require.ErrorIs(t, err, bad)
			require.Equal(t, []int{1, 2, 3}, firsts)
		}
	}
}

func TestTopK(t *testing.T) {
	for _, n := range groupSizes {
		for name, shape := range shapes {
			s := cards(n, shape)
			keys := functional.MapSlice(s, keyOf)
			for _, k := range []int{0, 1, 2, 100, n / 17, n/16 + 1, n - 1, n, n + 1} {
				if k < 0 || k > effort.Times(5000, 100, 5000) && name != "random" {
					continue
				}
				want := functional.TopK(slices.Values(keys), k)
				wantCards := functional.TopKFunc(slices.Values(s), k, byKey)
				for _, workers := range []int{1, 3} {
					options := par.Options{Workers: workers}
					got, err := par.TopK(t.Context(), keys, k, options)
					require.NoError(t, err)
					require.NotNil(t, got)
					require.True(t, slices.Equal(got, want), "%d of %d %s, %d workers", k, n, name, workers)
					gotCards, err := par.TopKFunc(t.Context(), s, k, byKey, options)
					require.NoError(t, err)
					require.NotNil(t, gotCards)
					require.True(t, slices.Equal(gotCards, wantCards), "%d of %d %s, %d workers", k, n, name, workers)
				}
			}
			require.True(t, slices.EqualFunc(s, keys, func(c card, k int) bool { return c.key == k }), "s was changed")
		}
	}
}

func TestTopKFails(t *testing.T) {
	cause := errors.New("cause")
	done, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for _, k := range []int{0, 3, 3000} {
		for _, n := range []int{0, 5, 40_000} {
			s := cards(n, shapes["random"])
			var called atomic.Bool
			top, err := par.TopKFunc(done, s, k, func(a, b card) int { called.Store(true); return 0 })
			require.Nil(t, top)
			require.Equal(t, cause, err)
			require.False(t, called.Load())
			keys, err := par.TopK(done, laws.Numbers(n), k)
			require.Nil(t, keys)
			require.Equal(t, cause, err)
		}
		if k == 0 {
			continue
		}
		for _, at := range []int64{1, 5000, 30_000} {
			var calls atomic.Int64
			compare := func(at int64, what func()) func(a, b card) int {
				calls.Store(0)
				return func(a, b card) int {
					if calls.Add(1) == at {
						what()
					}
					return byKey(a, b)
				}
			}
			s := cards(40_000, shapes["random"])
			pe := panicOf(t, func() { par.TopKFunc(t.Context(), s, k, compare(at, explode)) })
			require.Contains(t, string(pe.Stack), "par_test.explode")

			ctx, cancel := context.WithCancelCause(t.Context())
			top, err := par.TopKFunc(ctx, s, k, compare(at, func() { cancel(cause) }), par.Options{Workers: 2})
			require.True(t, top == nil && err == cause || err == nil && len(top) == k, "got %v", err)
			require.True(t, err != nil || at > 1, "went on after the first comparison")

			ended, returned := make(chan bool), false
			go func() {
				defer close(ended)
				par.TopKFunc(context.Background(), s, k, compare(at, runtime.Goexit))
				returned = true
			}()
			<-ended
			require.False(t, returned, "returned after a Goexit")
		}
	}
}

// The last comparison is one of the caller's, of what the parts have found.
func TestTopKPanicsAtTheEnd(t *testing.T) {
	s := cards(40_000, shapes["random"])
	var calls, last int64
	top := func() ([]card, error) {
		calls = 0
		return par.TopKFunc(t.Context(), s, 50, func(a, b card) int {
			if calls++; calls == last {
				explode()
			}
			return byKey(a, b)
		}, par.Options{Workers: 1})
	}
	_, err := top()
	require.NoError(t, err)
	last = calls
	pe := panicOf(t, func() { top() })
	require.Contains(t, string(pe.Stack), "par_test.explode")
}

// NaNs are below all others.
func TestTopKOfFloats(t *testing.T) {
	s := make([]float64, 40_000)
	for i := range s {
		s[i] = math.NaN()
	}
	s[3], s[39_000], s[20_000] = 1, math.Inf(-1), 2
	for _, k := range []int{2, 3000} {
		top, err := par.TopK(t.Context(), s, k, par.Options{Workers: 2})
		require.NoError(t, err)
		require.Len(t, top, k)
		require.Equal(t, []float64{2, 1}, top[:2])
		if k > 2 {
			require.Equal(t, math.Inf(-1), top[2])
			require.True(t, top[3] != top[3])
		}
	}
}

// What a part has to beat is known from those before: elements that cannot be
// among the greatest are not collected over and over.
func TestTopKComparesLittle(t *testing.T) {
	const n, k = 200_000, 100
	s := laws.Numbers(n)
	slices.Reverse(s)
	var calls atomic.Int64
	compare := func(a, b int) int { calls.Add(1); return cmp.Compare(a, b) }
	top, err := par.TopKFunc(t.Context(), s, k, compare, par.Options{Workers: 1})
	require.NoError(t, err)
	require.Equal(t, s[:k], top)
	require.Less(t, calls.Load(), int64(n+20*k))
}
