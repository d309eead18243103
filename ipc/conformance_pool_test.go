//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/functional/try"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

var product = ipc.Func("ipc_test.product", func(_ context.Context, p [2]int) (int, error) { return p[0] * p[1], nil })

// squares returns the first n numbers, and their squares.
func squares(n int) (numbers, results []int) {
	for i := range n {
		numbers, results = append(numbers, i), append(results, i*i)
	}
	return numbers, results
}

// failing yields n numbers and panics.
func failing(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
		panic(errOrdered)
	}
}

// The behaviours of CPython's Pool that carry over. Its map is ParMap, its imap
// ParMapSeq, its apply_async is Go, all over On; callbacks are OnDone.
func TestConformancePool(t *testing.T) {
	const class = "_test_multiprocessing/_TestPool/"
	pool := newPool(t, ipc.PoolOptions{Workers: 4})
	background := t.Context()
	wide, unordered := par.Options{Workers: 8}, par.Options{Workers: 8, Unordered: true}
	t.Run(class+"test_apply", func(t *testing.T) {
		got, err := square.On(pool)(t.Context(), 5)
		require.NoError(t, err)
		require.Equal(t, 25, got)
	})
	t.Run(class+"test_map", func(t *testing.T) {
		numbers, want := squares(100)
		got, err := par.Map(t.Context(), numbers, square.On(pool), wide)
		require.NoError(t, err)
		require.Equal(t, want, got)
		got, err = par.MapChunks(t.Context(), numbers, square.OnChunks(pool), par.Options{Workers: 4, Chunk: 20})
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
	t.Run(class+"test_starmap", func(t *testing.T) {
		var pairs [][2]int
		var want []int
		for i := range 100 {
			pairs, want = append(pairs, [2]int{i, 99 - i}), append(want, i*(99-i))
		}
		got, err := par.Map(t.Context(), pairs, product.On(pool), wide)
		require.NoError(t, err)
		require.Equal(t, want, got)
		got, err = par.MapChunks(t.Context(), pairs, product.OnChunks(pool), par.Options{Workers: 4, Chunk: 20})
		require.NoError(t, err)
		require.Equal(t, want, got)
		t.Run(class+"test_starmap_async", func(t *testing.T) {
			f := concurrent.Go(t.Context(), func(ctx context.Context) ([]int, error) {
				return par.Map(ctx, pairs, product.On(pool), wide)
			})
			got, err := f.Result(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	})
	mapAsync := func(numbers []int) *concurrent.Future[[]int] {
		return concurrent.Go(background, func(ctx context.Context) ([]int, error) {
			return par.Map(ctx, numbers, square.On(pool), wide)
		})
	}
	t.Run(class+"test_map_async", func(t *testing.T) {
		numbers, want := squares(10)
		got, err := mapAsync(numbers).Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
	t.Run(class+"test_map_async_callbacks", func(t *testing.T) {
		f := mapAsync([]int{1})
		results := make(chan []int, 1)
		f.OnDone(func() { got, _ := f.Result(background); results <- got })
		require.Equal(t, []int{1}, <-results)
		broken := concurrent.Go(t.Context(), func(ctx context.Context) ([]int, error) {
			return par.Map(ctx, []string{"plain"}, fail.On(pool), wide)
		})
		errs := make(chan error, 1)
		broken.OnDone(func() { errs <- broken.Err(background) })
		require.ErrorContains(t, <-errs, "nothing special")
	})
	t.Run(class+"test_map_chunksize", func(t *testing.T) {
		got, err := par.MapChunks(t.Context(), nil, square.OnChunks(pool), par.Options{Chunk: 1})
		require.NoError(t, err)
		require.Empty(t, got)
	})
	t.Run(class+"test_async", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "go")
		f := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) { return squaresLater.On(pool)(ctx, later{path, 7}) })
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		got, err := f.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, 49, got)
	})
	t.Run(class+"test_async_timeout", func(t *testing.T) {
		path, meet := rendezvous(t)
		f := concurrent.Go(background, func(ctx context.Context) ([]byte, error) { return reads.On(pool)(ctx, path) })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		require.Equal(t, context.DeadlineExceeded, f.Err(ctx), "it is the wait that has ended")
		meet()
		require.NoError(t, f.Err(t.Context()), "the call goes on")
	})
	t.Run(class+"test_imap", func(t *testing.T) {
		for _, n := range []int{10, 1000} {
			numbers, want := squares(n)
			got, err := try.Collect(par.MapSeq(t.Context(), slices.Values(numbers), square.On(pool), wide))
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		numbers, want := squares(10)
		next, stop := iter.Pull2(par.MapSeq(t.Context(), slices.Values(numbers), square.On(pool), wide))
		defer stop()
		for _, v := range want {
			got, err, ok := next()
			require.True(t, ok)
			require.NoError(t, err)
			require.Equal(t, v, got)
		}
		_, _, ok := next()
		require.False(t, ok)
	})
	t.Run(class+"test_imap_unordered", func(t *testing.T) {
		for _, n := range []int{10, 1000} {
			numbers, want := squares(n)
			got, err := try.Collect(par.MapSeq(t.Context(), slices.Values(numbers), square.On(pool), unordered))
			require.NoError(t, err)
			slices.Sort(got)
			require.Equal(t, want, got)
		}
	})
	for name, options := range map[string]par.Options{
		"a sequence that panics":                                wide,
		class + "test_imap_unordered_handle_iterable_exception": unordered,
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 0, 3, 7} {
				var got []int
				panicked, _ := caught(func() error {
					for v, err := range par.MapSeq(t.Context(), failing(n), square.On(pool), options) {
						require.NoError(t, err)
						got = append(got, v)
					}
					return nil
				})
				err, ok := panicked.(error)
				require.True(t, ok, "%v", panicked)
				require.ErrorIs(t, err, errOrdered)
				// Those before it may be canceled with it: what has come is right.
				if _, want := squares(n); options.Unordered {
					require.Subset(t, want, got)
					require.Len(t, slices.Compact(slices.Sorted(slices.Values(got))), len(got), "%v", got)
				} else {
					require.True(t, slices.Equal(want[:min(n, len(got))], got), "%v", got)
				}
			}
		})
	}
	t.Run("the number of workers", func(t *testing.T) {
		require.Panics(t, func() { ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: -1}) })
		three := newPool(t, ipc.PoolOptions{Workers: 3, Min: 3})
		require.Eventually(t, func() bool { return three.Stats().Workers == 3 }, 10*time.Second, time.Millisecond)
	})
	t.Run(class+"test_terminate", func(t *testing.T) {
		before := leak.Take()
		busy := newPool(t, ipc.PoolOptions{Workers: 3})
		all := concurrent.Go(background, func(ctx context.Context) ([]int, error) {
			return par.Map(ctx, make([]none, 10_000), stuck.On(busy), par.Options{Workers: 100})
		})
		require.Eventually(t, func() bool { s := busy.Stats(); return s.Workers == 3 && s.Calls >= 100 }, 10*time.Second, time.Millisecond)
		within(t, func() none { busy.Close(); return none{} })
		require.ErrorIs(t, all.Err(t.Context()), ipc.ErrClosed)
		require.Empty(t, before.Wait(leak.Grace))
	})
	t.Run(class+"test_empty_iterable", func(t *testing.T) {
		got, err := par.Map(t.Context(), nil, square.On(pool))
		require.NoError(t, err)
		require.Empty(t, got)
		for _, options := range []par.Options{wide, unordered} {
			for range par.MapSeq(t.Context(), slices.Values([]int(nil)), square.On(pool), options) {
				t.Error("something came of nothing")
			}
		}
		got, err = mapAsync(nil).Result(t.Context())
		require.NoError(t, err)
		require.Empty(t, got)
	})
	t.Run(class+"test_context", func(t *testing.T) {
		closed := newPool(t, ipc.PoolOptions{Workers: 2})
		numbers, want := squares(10)
		got, err := par.Map(t.Context(), numbers, square.On(closed))
		require.NoError(t, err)
		require.Equal(t, want, got)
		workers := pids(closed)
		require.NoError(t, closed.Close())
		_, err = par.Map(t.Context(), numbers, square.On(closed))
		require.ErrorIs(t, err, ipc.ErrClosed)
		require.False(t, slices.ContainsFunc(workers, alive))
	})
	t.Run(class+"test_enter", func(t *testing.T) {
		over := newPool(t, ipc.PoolOptions{Workers: 1})
		over.Close()
		_, err := square.On(over)(t.Context(), 1)
		require.ErrorIs(t, err, ipc.ErrClosed)
		over.Close()
		require.NoError(t, over.Shutdown(context.Background()))
	})
	t.Run(class+"test_traceback", func(t *testing.T) {
		_, err := panics.On(pool)(t.Context(), "123")
		pe, ok := errors.AsType[*ipc.PanicError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, "123", pe.Value)
		require.Contains(t, string(pe.Stack), "functions_test.go", "where it was")
		require.Contains(t, err.Error(), "ipc_test.explode", "told to whoever prints it")
		// What fails here has not failed there.
		panicked, _ := caught(func() error {
			_, err := try.Collect(par.MapSeq(t.Context(), failing(0), square.On(pool), wide))
			return err
		})
		here, ok := panicked.(error)
		require.True(t, ok, "%v", panicked)
		require.ErrorIs(t, here, errOrdered)
		_, remote := errors.AsType[*ipc.RemoteError](here)
		require.False(t, remote)
	})
	t.Run(class+"test_wrapped_exception", func(t *testing.T) {
		_, err := carryOut.On(pool)(t.Context(), order{Do: "fail"})
		require.Equal(t, errOrdered, err)
	})
	t.Run(class+"test_map_no_failfast", func(t *testing.T) {
		// Failures as large as results hold up nobody.
		two := newPool(t, ipc.PoolOptions{Workers: 2})
		_, err := par.Map(t.Context(), []int{1 << 20, 1 << 20}, failsLarge.On(two), par.Options{Workers: 2, AllErrors: true})
		require.Equal(t, 2, strings.Count(err.Error(), "large: "))
		within(t, func() error { return two.Close() })
	})
	t.Run(class+"test_release_task_refs", func(t *testing.T) {
		var freed atomic.Int32
		func() {
			for i := range 10 {
				in := &parcel{Text: "here", N: i}
				runtime.AddCleanup(in, func(int) { freed.Add(1) }, 0)
				out, err := passes.On(pool)(t.Context(), in)
				require.NoError(t, err)
				require.Equal(t, i, out.N)
				runtime.AddCleanup(out, func(int) { freed.Add(1) }, 0)
			}
		}()
		require.Eventually(t, func() bool { runtime.GC(); return freed.Load() == 20 }, 10*time.Second, time.Millisecond)
	})
}

// A parcel has an identity where it is.
type parcel struct {
	Text string
	N    int
}

var passes = ipc.Func("ipc_test.passes", func(_ context.Context, p *parcel) (*parcel, error) { return p, nil })

// Failures do not cost a worker, old age costs no call, and what could not be started
// leaves nothing.
func TestConformancePoolWorkers(t *testing.T) {
	t.Run("_test_multiprocessing/_TestPoolWorkerErrors/test_async_error_callback", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 2})
		f := concurrent.Go(t.Context(), func(ctx context.Context) (report, error) {
			return carryOut.On(pool)(ctx, order{Do: "fail"})
		})
		called := make(chan error, 1)
		f.OnDone(func() { called <- f.Err(context.Background()) })
		require.Equal(t, errOrdered, f.Err(t.Context()))
		require.Equal(t, errOrdered, <-called)
	})
	t.Run("_test_multiprocessing/_TestPoolWorkerErrors/test_unpickleable_result", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1})
		for range 20 {
			_, err := fused.On(pool)(t.Context(), fusedArgument{fuse{Where: atResultEncode, How: "error"}})
			require.ErrorIs(t, err, errOrdered)
			require.ErrorContains(t, err, "ipc_test.fused: the result cannot travel")
			require.ErrorContains(t, err, "ipc_test.fusedResult", "the value's type")
		}
		require.EqualValues(t, 1, pool.Stats().Spawned)
	})
	const lifetime = "_test_multiprocessing/_TestPoolWorkerLifetime/"
	t.Run(lifetime+"test_pool_worker_lifetime", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 3, Min: 3, MaxCalls: 10})
		require.Eventually(t, func() bool { return pool.Stats().Workers == 3 }, 10*time.Second, time.Millisecond)
		first := pids(pool)
		require.NotContains(t, first, 0)
		numbers, want := squares(100)
		got, err := par.Map(t.Context(), numbers, square.On(pool), par.Options{Workers: 6})
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.GreaterOrEqual(t, pool.Stats().Spawned, int64(10))
		for _, worker := range pids(pool) {
			require.NotZero(t, worker)
			require.NotContains(t, first, worker)
		}
	})
	t.Run(lifetime+"test_pool_worker_lifetime_early_close", func(t *testing.T) { closedEarly(t, 1) })
	t.Run("a negative number of calls", func(t *testing.T) {
		require.Panics(t, func() { ipc.NewPool(context.Background(), ipc.PoolOptions{MaxCalls: -1}) })
	})
	t.Run("_test_multiprocessing/TestInitializers/test_pool_initializer", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "notes")
		newPool(t, ipc.PoolOptions{Workers: 1, Initializer: notes.Bind(note{Path: path, Text: "hello"})})
		require.Len(t, noted(t, path), 1)
	})
	t.Run("workers that cannot be started", func(t *testing.T) {
		before := leak.Take()
		dir, option := spoil(t)
		pool := newPool(t, ipc.PoolOptions{Workers: 5, Launch: ipc.Launch{Env: []string{option}}})
		for i := range 20 {
			spoilMore(t, dir, "exit", i)
		}
		var calls sync.WaitGroup
		for range 5 {
			calls.Go(func() { stuck.On(pool)(t.Context(), none{}) })
		}
		require.Eventually(t, func() bool { return pool.Stats().FailedStarts > 4 }, 10*time.Second, time.Millisecond)
		pool.Close()
		calls.Wait()
		require.Empty(t, before.Wait(leak.Grace))
	})
	t.Run("_test_multiprocessing/TestLargePool/test_large_pool", func(t *testing.T) {
		workers := effort.Times(50, 20, 200) // under the race detector each is much larger
		pool := newPool(t, ipc.PoolOptions{Workers: workers, Min: workers})
		require.Eventually(t, func() bool { return pool.Stats().Idle == workers }, 3*time.Minute, time.Millisecond)
		numbers, want := squares(1000)
		got, err := par.Map(t.Context(), numbers, square.On(pool), par.Options{Workers: workers})
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.EqualValues(t, workers, pool.Stats().Spawned)
	})
	t.Run("_test_multiprocessing/TestStdinBadfiledescriptor/test_pool_in_process", func(t *testing.T) {
		p := ipc.NewProcess(poolInside, 4)
		require.NoError(t, p.Start(t.Context()))
		got, err := p.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{0, 1, 4, 9}, got)
	})
	t.Run("_test_multiprocessing/_TestProcess/test_set_executable", func(t *testing.T) {
		self, err := os.Executable()
		require.NoError(t, err)
		other := filepath.Join(t.TempDir(), "other")
		require.NoError(t, os.Symlink(self, other))
		pool := newPool(t, ipc.PoolOptions{Exec: []string{other}})
		got, err := arguments.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		require.Equal(t, []string{other}, got)
		workers := pids(pool)
		require.NoError(t, pool.Shutdown(context.Background()))
		require.False(t, slices.ContainsFunc(workers, alive))
		require.Zero(t, pool.Stats().Died)
	})
}

// poolInside has a pool of its own.
var poolInside = ipc.Func("ipc_test.poolInside", func(ctx context.Context, n int) ([]int, error) {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 2})
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	numbers, _ := squares(n)
	return par.Map(ctx, numbers, square.On(pool))
})

// closedEarly closes a pool, whose workers leave after so many calls, before one of its
// calls has ended.
func closedEarly(t *testing.T, maxCalls int64) {
	pool := newPool(t, ipc.PoolOptions{Workers: 3, MaxCalls: maxCalls})
	path := filepath.Join(t.TempDir(), "go")
	const calls = 6
	var results [calls]*concurrent.Future[int]
	for i := range results {
		results[i] = concurrent.Go(t.Context(), func(ctx context.Context) (int, error) { return squaresLater.On(pool)(ctx, later{path, i}) })
	}
	require.Eventually(t, func() bool { return pool.Stats().Calls == calls }, 10*time.Second, time.Millisecond)
	closed := concurrent.Go(t.Context(), func(context.Context) (int, error) { return 0, pool.Shutdown(context.Background()) })
	untilClosed(t, pool)
	for _, f := range results {
		require.Equal(t, concurrent.Running, f.State())
	}
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, within(t, func() error { return closed.Err(t.Context()) }))
	for i, f := range results {
		got, err := f.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, i*i, got)
	}
}
