package par_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/functional/try"
)

// Whatever ranges over an input that ends because ctx has ended says so, and does not
// pass off the part that it got as the whole.
func TestInputThatEndsWithContext(t *testing.T) {
	errOver := errors.New("over")
	same := func(_ context.Context, v int) (int, error) { return v, nil }
	mapSeq := func(o par.Options) func(context.Context, iter.Seq[int]) ([]int, error) {
		return func(ctx context.Context, seq iter.Seq[int]) ([]int, error) {
			return try.Collect(par.MapSeq(ctx, seq, same, o))
		}
	}
	for name, collect := range map[string]func(context.Context, iter.Seq[int]) ([]int, error){
		"WithContext": func(ctx context.Context, seq iter.Seq[int]) ([]int, error) {
			return try.Collect(try.WithContext(ctx, seq))
		},
		"MapSeq, one worker":    mapSeq(par.Options{Workers: 1}),
		"MapSeq, three workers": mapSeq(par.Options{Workers: 3}),
		"MapSeq, unordered":     mapSeq(par.Options{Workers: 3, Unordered: true}),
		"MapSeq, all errors":    mapSeq(par.Options{Workers: 2, AllErrors: true}),
		"FromChan": func(ctx context.Context, seq iter.Seq[int]) ([]int, error) {
			ch := make(chan int)
			go func() {
				defer close(ch)
				for v := range seq {
					ch <- v
				}
			}()
			return try.Collect(concurrent.FromChan(ctx, ch))
		},
		"ToChan": func(ctx context.Context, seq iter.Seq[int]) ([]int, error) {
			ch := make(chan int, 9)
			n, err := concurrent.ToChan(ctx, seq, ch)
			return make([]int, n), err
		},
		"PutSeq": func(ctx context.Context, seq iter.Seq[int]) ([]int, error) {
			n, err := concurrent.NewQueue[int](9).PutSeq(ctx, seq)
			return make([]int, n), err
		},
		"Queue.All": func(ctx context.Context, seq iter.Seq[int]) ([]int, error) {
			q := concurrent.NewQueue[int](9)
			go func() {
				defer q.Shutdown(false)
				for v := range seq {
					_ = q.TryPut(v)
				}
			}()
			return try.Collect(q.All(ctx))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				seq := func(yield func(int) bool) {
					if yield(1) {
						<-ctx.Done()
					}
				}
				go func() {
					synctest.Wait()
					cancel(errOver)
				}()
				got, err := collect(ctx, seq)
				require.Equal(t, errOver, err)
				require.LessOrEqual(t, len(got), 1)
			})
		})
	}
}

// A context whose Err waits where the test wants it to.
type slowContext struct {
	context.Context
	err func()
}

func (c *slowContext) Done() <-chan struct{} { return make(chan struct{}) }
func (c *slowContext) Err() error            { c.err(); return nil }

// A worker that has taken the first part sleeps, and another one is through with all
// behind it: of equal elements the first still come first.
func TestTopKOfWorkerThatSlept(t *testing.T) {
	const n, k = 1 << 16, 3
	s := make([][2]int, n) // all equal; the second number is the place
	for i := range s {
		s[i][1] = i
	}
	var asked, compared atomic.Int64
	ctx := &slowContext{Context: context.Background(), err: func() {
		if asked.Add(1) != 2 { // the first time is on entry, the second that of the first to take a part
			return
		}
		for compared.Load() < n/2 {
			runtime.Gosched()
		}
	}}
	top, err := par.TopKFunc(ctx, s, k, func(a, b [2]int) int {
		compared.Add(1)
		return a[0] - b[0]
	}, par.Options{Workers: 2})
	require.NoError(t, err)
	for i, a := range top {
		require.Equal(t, i, a[1], "of equal elements")
	}
}

// The numbers in Options, and those beside them, may be as large as an int.
func TestNumbersOfTheCaller(t *testing.T) {
	ctx := t.Context()
	same := func(_ context.Context, v int) (int, error) { return v, nil }
	s := make([]int, 3000)
	for i := range s {
		s[i] = (i*7919 + 13) % 3000
	}
	large := make([]int, 1<<15) // worth several shards and parts
	seq := func(yield func(int) bool) {
		for _, v := range s {
			if !yield(v) {
				return
			}
		}
	}
	for name, field := range map[string]func(n int) par.Options{
		"Workers": func(n int) par.Options { return par.Options{Workers: n} },
		"Window":  func(n int) par.Options { return par.Options{Window: n, Workers: 2} },
		"Chunk":   func(n int) par.Options { return par.Options{Chunk: n, Workers: 2} },
		"all":     func(n int) par.Options { return par.Options{Workers: n, Window: n, Chunk: n} },
	} {
		for _, n := range []int{0, -1, 1, math.MaxInt / 8, math.MaxInt, math.MinInt} {
			o := field(n)
			for op, use := range map[string]func() (any, error){
				"Map":    func() (any, error) { return par.Map(ctx, s, same, o) },
				"MapSeq": func() (any, error) { return try.Collect(par.MapSeq(ctx, seq, same, o)) },
				"MapChunks": func() (any, error) {
					return par.MapChunks(ctx, s, func(_ context.Context, c []int) ([]int, error) { return c, nil }, o)
				},
				"Distinct": func() (any, error) { return par.Distinct(ctx, large, o) },
				"TopK":     func() (any, error) { return par.TopK(ctx, large, 3, o) },
				"Sort": func() (any, error) {
					return nil, par.SortFunc(ctx, append([]int(nil), s...), func(a, b int) int { return a - b }, o)
				},
				"Reduce": func() (any, error) { return par.Reduce(ctx, s, func(a, b int) int { return a + b }, o) },
				"Range": func() (any, error) {
					return nil, par.Range(ctx, 100, func(context.Context, int, int) error { return nil }, o)
				},
			} {
				func() {
					defer func() {
						if v := recover(); v != nil {
							require.Negative(t, n, "%s with %s %d: %v", op, name, n, v)
							require.Regexp(t, `^par: .*negative size .*want 0 or more$`, v)
						}
					}()
					got, err := use()
					require.NoError(t, err)
					switch op {
					case "Map", "MapSeq", "MapChunks":
						require.Equal(t, s, got, "%s with %s %d", op, name, n)
					}
				}()
			}
		}
	}
	for _, o := range []par.Options{{Workers: 3, Chunk: math.MaxInt/2 + 9}, {Workers: 5, Chunk: math.MaxInt}} {
		var covered, last atomic.Int64
		require.NoError(t, par.Range(ctx, math.MaxInt, func(_ context.Context, lo, hi int) error {
			require.Less(t, lo, hi)
			covered.Add(int64(hi - lo))
			last.Store(max(last.Load(), int64(hi)))
			return nil
		}, o))
		require.EqualValues(t, math.MaxInt, covered.Load())
		require.EqualValues(t, math.MaxInt, last.Load())
	}
	require.Empty(t, must(par.TopK(ctx, s, 0)))
	require.Len(t, must(par.TopK(ctx, s, math.MaxInt)), len(s))
	for _, n := range []int{-1, math.MinInt} {
		require.Panics(t, func() { _, _ = par.TopK(ctx, s, n) })
		require.Panics(t, func() { _ = par.Range(ctx, n, func(context.Context, int, int) error { return nil }) })
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
