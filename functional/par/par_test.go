package par_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/functional/try"
	"github.com/fanfold/fanfold/internal/effort"
)

// settings calls check for the combinations of workers and chunks, and the
// lengths at which chunks begin and end.
func settings(t *testing.T, check func(t *testing.T, n int, options par.Options)) {
	for _, workers := range []int{0, 1, 2, 8, 300} {
		for _, chunk := range []int{0, 1, 7, 1 << 30} {
			t.Run(fmt.Sprintf("workers=%d,chunk=%d", workers, chunk), func(t *testing.T) {
				for _, n := range []int{0, 1, 2, 255, 256, 257, effort.Times(3000, 1500, 10_000)} {
					check(t, n, par.Options{Workers: workers, Chunk: chunk})
				}
			})
		}
	}
}

// TestModel compares the parallel operators with the loop.
func TestModel(t *testing.T) {
	text := functional.Lift(strconv.Itoa)
	odd := func(i int) bool { return i*i%7 == 2 }
	settings(t, func(t *testing.T, n int, options par.Options) {
		ctx, s := t.Context(), laws.Numbers(n)

		mapped, err := par.Map(ctx, s, text, options)
		require.NoError(t, err)
		require.Equal(t, functional.MapSlice(s, strconv.Itoa), mapped)

		var roomy atomic.Bool
		chunked, err := par.MapChunks(ctx, s, func(_ context.Context, chunk []int) ([]string, error) {
			if cap(chunk) > len(chunk) {
				roomy.Store(true)
			}
			return functional.MapSlice(chunk, strconv.Itoa), nil
		}, options)
		require.NoError(t, err)
		require.Equal(t, mapped, chunked)
		require.False(t, roomy.Load(), "a chunk that an append would let into the next")

		kept, err := par.Filter(ctx, s, functional.Lift(odd), options)
		require.NoError(t, err)
		require.Equal(t, functional.FilterSlice(s, odd), kept)

		for _, unordered := range []bool{false, true} {
			p := options
			p.Unordered, p.Window = unordered, 16
			lazy, err := try.Collect(par.MapSeq(ctx, slices.Values(s), text, p))
			require.NoError(t, err)
			if unordered && options.Workers != 1 {
				require.ElementsMatch(t, mapped[:min(n, 300)], slices.DeleteFunc(lazy, func(s string) bool { i, _ := strconv.Atoi(s); return i >= 300 }))
				continue
			}
			require.Equal(t, mapped, append([]string{}, lazy...))
		}

		// Concatenation is associative, not commutative, and an accumulator
		// that pieces shared would show.
		folded, err := par.Fold(ctx, s, func() []int { return nil },
			func(acc []int, i int) []int { return append(acc, i) },
			func(a, b []int) []int { return append(a, b...) }, options)
		require.NoError(t, err)
		require.Equal(t, s, append([]int{}, folded...))

		joined, err := par.MapReduce(ctx, s, text, func(a, b string) string { return a + b }, options)
		reduced, err2 := par.Reduce(ctx, mapped, func(a, b string) string { return a + b }, options)
		if n == 0 {
			require.Equal(t, functional.ErrEmpty, err)
			require.Equal(t, functional.ErrEmpty, err2)
		} else {
			require.NoError(t, errors.Join(err, err2))
		}
		require.Equal(t, functional.FoldSlice(mapped, "", func(a, b string) string { return a + b }), joined)
		require.Equal(t, joined, reduced)
	})
}

func TestPartialResults(t *testing.T) {
	bad := errors.New("bad")
	f := func(_ context.Context, i int) (int, error) {
		if i%3 == 1 {
			return -1, bad
		}
		return i, nil
	}
	settings(t, func(t *testing.T, n int, options par.Options) {
		ctx, s := t.Context(), laws.Numbers(n)
		if n < 2 {
			return
		}
		out, err := par.Map(ctx, s, f, options)
		require.Equal(t, &functional.IndexError{Index: 1, Err: bad}, err)
		require.Nil(t, out)

		options.AllErrors = true
		want := make([]int, n)
		var kept []int
		sum := 0
		for i := range want {
			if i%3 != 1 {
				want[i] = i
				kept = append(kept, i)
				sum += i
			}
		}
		out, err = par.Map(ctx, s, f, options)
		require.ErrorIs(t, err, bad)
		require.Equal(t, want, out)
		out, err = par.Filter(ctx, s, func(ctx context.Context, i int) (bool, error) {
			_, err := f(ctx, i)
			return true, err
		}, options)
		require.ErrorIs(t, err, bad)
		require.Equal(t, kept, out)
		total, err := par.MapReduce(ctx, s, f, func(a, b int) int { return a + b }, options)
		require.ErrorIs(t, err, bad)
		require.Equal(t, sum, total)
		lazy := []int{}
		errs := 0
		for i, err := range par.MapSeq(ctx, slices.Values(s), f, options) {
			lazy = append(lazy, i)
			if err != nil {
				errs++
			}
		}
		require.Equal(t, want, lazy)
		require.Equal(t, (n+1)/3, errs)
	})
}

// TestPartialResultsOfCutCalls ends the context in the middle of a call that
// wants all errors.
func TestPartialResultsOfCutCalls(t *testing.T) {
	cause, bad := errors.New("cause"), errors.New("bad")
	for _, workers := range []int{1, 4} {
		ctx, cancel := context.WithCancelCause(t.Context())
		out, err := par.Map(ctx, laws.Numbers(1000), func(_ context.Context, i int) (int, error) {
			switch i {
			case 5:
				return 0, bad
			case 100:
				cancel(cause)
			}
			return i + 1, nil
		}, par.Options{Workers: workers, AllErrors: true})
		require.EqualError(t, err, "element 5: bad\ncause")
		require.Equal(t, []int{5, 0, 7}, out[4:7])
		require.Zero(t, out[999])
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	sum, err := par.MapReduce(ctx, laws.Numbers(1000), func(_ context.Context, i int) (int, error) {
		if i == 100 {
			cancel(cause)
		}
		return i, nil
	}, func(a, b int) int { return a + b }, par.Options{Workers: 1, AllErrors: true})
	require.Equal(t, cause, err)
	require.Equal(t, 50*101, sum)
}

func TestChunkError(t *testing.T) {
	for _, wrong := range []int{-1, 1} {
		out, err := par.MapChunks(t.Context(), laws.Numbers(100), func(_ context.Context, chunk []int) ([]int, error) {
			if chunk[0] >= 30 {
				return make([]int, len(chunk)+wrong), nil
			}
			return chunk, nil
		}, par.Options{Workers: 3, Chunk: 15})
		require.Nil(t, out)
		require.Equal(t, &functional.IndexError{Index: 30, Err: &par.ChunkError{Items: 15, Got: 15 + wrong}}, err)
		require.EqualError(t, err, fmt.Sprintf("element 30: a chunk of 15 items returned %d results", 15+wrong))
	}
}

func TestFixedChunks(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		var mu sync.Mutex
		sizes := map[int]int{}
		_, err := par.MapChunks(t.Context(), laws.Numbers(50), func(_ context.Context, chunk []int) ([]int, error) {
			mu.Lock()
			sizes[chunk[0]] = len(chunk)
			mu.Unlock()
			return chunk, nil
		}, par.Options{Workers: workers, Chunk: 20})
		require.NoError(t, err)
		require.Equal(t, map[int]int{0: 20, 20: 20, 40: 10}, sizes)
	}
}

// TestGrouping checks that a fixed chunk fixes the result of floating-point
// sums, whatever the number of workers and the order in which they finish.
func TestGrouping(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 99, 1000, 4097} {
		s := make([]float64, n)
		for i := range s {
			s[i] = math.Ldexp(random.NormFloat64(), random.IntN(60))
		}
		add := func(a, b float64) float64 { return a + b }
		for _, chunk := range []int{1, 3, 64} {
			sums := map[float64]bool{}
			for round := range 20 {
				sum, err := par.Reduce(t.Context(), s, add, par.Options{Workers: 1 + round%5, Chunk: chunk})
				require.NoError(t, err)
				sums[sum] = true
			}
			require.Len(t, sums, 1, "n = %d, chunk = %d", n, chunk)
		}
	}
}

// TestMergeIsExclusive lets merge change both its arguments, which the race
// detector watches, and counts that no value is merged twice.
func TestMergeIsExclusive(t *testing.T) {
	for _, chunk := range []int{0, 1, 5} {
		total, err := par.MapReduce(t.Context(), laws.Numbers(3000), func(_ context.Context, i int) (map[int]int, error) {
			return map[int]int{i: 1}, nil
		}, func(a, b map[int]int) map[int]int {
			if len(a) < len(b) {
				a, b = b, a
			}
			for k, v := range b {
				a[k] += v
				delete(b, k)
			}
			return a
		}, par.Options{Workers: 4, Chunk: chunk})
		require.NoError(t, err)
		require.Len(t, total, 3000)
		require.NotContains(t, slices.Collect(maps.Values(total)), 2)
	}
}

// TestMergePanics panics in merge wherever it is called.
func TestMergePanics(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		for _, chunk := range []int{0, 1, 7} {
			options := par.Options{Workers: workers, Chunk: chunk}
			pe := panicOf(t, func() {
				par.Reduce(t.Context(), laws.Numbers(100), func(a, b int) int { explode(); return 0 }, options)
			})
			require.Contains(t, string(pe.Stack), "par_test.explode")
		}
	}
	pe := panicOf(t, func() {
		par.Fold(t.Context(), nil, func() int { explode(); return 0 }, func(a, b int) int { return 0 }, func(a, b int) int { return 0 })
	})
	require.Contains(t, string(pe.Stack), "par_test.explode")
}

func TestWorkersBoundConcurrency(t *testing.T) {
	for name, run := range operators {
		for _, workers := range []int{1, 2, 5} {
			t.Run(fmt.Sprintf("%s/%d", name, workers), func(t *testing.T) {
				var active, most atomic.Int64
				require.NoError(t, run(t.Context(), 500, func(context.Context, int) error {
					now := active.Add(1)
					for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
					}
					active.Add(-1)
					return nil
				}, par.Options{Workers: workers, Chunk: 1}))
				require.LessOrEqual(t, most.Load(), int64(workers))
			})
		}
	}
}

// TestAllocations holds the budgets of the documentation.
func TestAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	ctx, s := t.Context(), laws.Numbers(10000)
	double := functional.Lift(func(i int) int { return 2 * i })
	add := func(a, b int) int { return a + b }
	seq := laws.Count(10000)
	cases := []struct {
		name   string
		budget float64
		run    func()
	}{
		{"Map", 8, func() { par.Map(ctx, s, double, par.Options{Workers: 2}) }},
		{"Map on one worker", 4, func() { par.Map(ctx, s, double, par.Options{Workers: 1}) }},
		{"ForEach", 8, func() {
			par.ForEach(ctx, s, func(context.Context, int) error { return nil }, par.Options{Workers: 2})
		}},
		{"MapReduce", 16, func() { par.MapReduce(ctx, s, double, add, par.Options{Workers: 2}) }},
		{"MapSeq", 24, func() {
			for range par.MapSeq(ctx, seq, double, par.Options{Workers: 2}) {
			}
		}},
		{"a chain", 0, func() {
			sum := 0
			for i := range functional.Map(functional.Filter(seq, func(i int) bool { return i%3 == 0 }), func(i int) int { return i + 1 }) {
				sum += i
			}
			if sum == 0 {
				panic("empty")
			}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.LessOrEqual(t, testing.AllocsPerRun(20, c.run), c.budget)
		})
	}
}

// FuzzMap compares Map and MapSeq with the loop up to the first
// failure.
func FuzzMap(f *testing.F) {
	f.Add(uint16(100), uint8(4), uint8(0), uint16(50), uint8(10))
	f.Add(uint16(0), uint8(0), uint8(1), uint16(0), uint8(0))
	f.Add(uint16(1000), uint8(1), uint8(7), uint16(2000), uint8(3))
	f.Fuzz(func(t *testing.T, n uint16, workers, chunk uint8, failure uint16, window uint8) {
		n %= 2000
		options := par.Options{Workers: int(workers % 20), Chunk: int(chunk), Window: int(window)}
		fail := func(_ context.Context, i int) (int, error) {
			if i >= int(failure) {
				return 0, fmt.Errorf("item %d", i)
			}
			return -i, nil
		}
		s := laws.Numbers(int(n))
		prefix := functional.MapSlice(s[:min(int(failure), int(n))], func(i int) int { return -i })
		failed := int(failure) < int(n)
		message := fmt.Sprintf("element %d: item %d", failure, failure)

		out, err := par.Map(t.Context(), s, fail, options)
		if failed {
			require.EqualError(t, err, message)
			require.Nil(t, out)
		} else {
			require.NoError(t, err)
			require.Equal(t, prefix, out)
		}
		lazy, err := try.Collect(par.MapSeq(t.Context(), slices.Values(s), fail, options))
		require.Equal(t, prefix, append([]int{}, lazy...))
		if failed {
			require.EqualError(t, err, message)
		} else {
			require.NoError(t, err)
		}
	})
}
