//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// The behaviours of CPython's ProcessPoolExecutor that carry over.
func TestConformanceExecutor(t *testing.T) {
	const class = "test_concurrent_futures/test_process_pool/ProcessPoolExecutorTest/"
	t.Run("killed child", func(t *testing.T) {
		// The call has failed; the pool, unlike CPython's, is not broken.
		pool := newPool(t, ipc.PoolOptions{Workers: 1})
		path, _ := rendezvous(t)
		f := concurrent.Go(t.Context(), func(ctx context.Context) ([]byte, error) { return reads.On(pool)(ctx, path) })
		w, err := os.OpenFile(path, os.O_WRONLY, 0) // which waits for the function: a call not started would be started again
		require.NoError(t, err)
		defer w.Close()
		require.NoError(t, syscall.Kill(pids(pool)[0], syscall.SIGTERM))
		died, ok := errors.AsType[*ipc.ProcessDiedError](f.Err(t.Context()))
		require.True(t, ok)
		require.Equal(t, syscall.SIGTERM, died.Signal)
		got, err := square.On(pool)(t.Context(), 16)
		require.NoError(t, err)
		require.Equal(t, 256, got)
	})
	t.Run(class+"test_map_chunksize", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 2})
		numbers, want := squares(40)
		for _, size := range []int{1, 6, 40, 50} {
			got, err := par.MapChunks(t.Context(), numbers, square.OnChunks(pool), par.Options{Chunk: size})
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		require.Panics(t, func() {
			par.MapChunks(t.Context(), numbers, square.OnChunks(pool), par.Options{Chunk: -1})
		})
	})
	t.Run(class+"test_traceback", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1})
		err := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) { return panics.On(pool)(ctx, "123") }).Err(t.Context())
		pe, ok := errors.AsType[*ipc.PanicError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, "123", pe.Value)
		require.Contains(t, string(pe.Stack), "functions_test.go", "where it was")
		require.Contains(t, err.Error(), "ipc_test.explode", "told to whoever prints it")
	})
	t.Run(class+"test_ressources_gced_in_workers", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1})
		_, err := receives.On(pool)(t.Context(), &parcel{Text: "to be dropped"})
		require.NoError(t, err)
		dropped, err := collects.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		require.True(t, dropped)
	})
	t.Run(class+"test_saturation", func(t *testing.T) {
		const workers, calls = 4, 60
		pool := newPool(t, ipc.PoolOptions{Workers: workers})
		path := filepath.Join(t.TempDir(), "go")
		var all sync.WaitGroup
		var errs [calls]error
		for i := range calls {
			all.Go(func() { _, errs[i] = squaresLater.On(pool)(t.Context(), later{Path: path}) })
		}
		require.Eventually(t, func() bool { s := pool.Stats(); return s.Workers == workers && s.Calls == calls }, 10*time.Second, time.Millisecond)
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		within(t, func() none { all.Wait(); return none{} })
		require.NoError(t, errors.Join(errs[:]...))
		require.EqualValues(t, workers, pool.Stats().Spawned)
	})
	t.Run(class+"test_idle_process_reuse_one", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 4})
		for _, p := range [][2]int{{21, 2}, {6, 7}, {3, 14}} {
			got, err := product.On(pool)(t.Context(), p)
			require.NoError(t, err)
			require.Equal(t, 42, got)
		}
		require.EqualValues(t, 1, pool.Stats().Spawned)
	})
	t.Run(class+"test_idle_process_reuse_multiple", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 5})
		for range 10 {
			var two sync.WaitGroup
			var errs [2]error
			for i := range 2 {
				two.Go(func() { _, errs[i] = square.On(pool)(t.Context(), i) })
			}
			two.Wait()
			require.NoError(t, errors.Join(errs[:]...))
		}
		require.LessOrEqual(t, pool.Stats().Spawned, int64(2), "no more than calls at a time")
	})
	t.Run(class+"test_max_tasks_per_child", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1, MaxCalls: 3})
		var served []int
		for range 4 {
			id, err := pid.On(pool)(t.Context(), none{})
			require.NoError(t, err)
			served = append(served, id)
		}
		require.Equal(t, []int{served[0], served[0], served[0]}, served[:3])
		require.NotEqual(t, served[0], served[3])
		require.Equal(t, 1, pool.Stats().Workers)
		require.Eventually(t, func() bool { return !alive(served[0]) }, 10*time.Second, time.Millisecond)
	})
	t.Run(class+"test_max_tasks_early_shutdown", func(t *testing.T) { closedEarly(t, 1) })
}

// busy returns how many workers have calls.
func busy(pool *ipc.Pool) int {
	s := pool.Stats()
	return s.Workers - s.Idle
}

var (
	dropped  atomic.Bool
	receives = ipc.Func("ipc_test.receives", func(_ context.Context, p *parcel) (int, error) {
		runtime.AddCleanup(p, func(int) { dropped.Store(true) }, 0)
		return len(p.Text), nil
	})
	// collects tells whether what receives was given is gone.
	collects = ipc.Func("ipc_test.collects", func(context.Context, none) (bool, error) {
		for deadline := time.Now().Add(5 * time.Second); !dropped.Load() && time.Now().Before(deadline); {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
		return dropped.Load(), nil
	})
	// squaresLater returns the square when there is the file.
	squaresLater = ipc.Func("ipc_test.squaresLater", func(ctx context.Context, l later) (int, error) {
		for ctx.Err() == nil {
			if _, err := os.Stat(l.Path); err == nil {
				return l.N * l.N, nil
			}
			time.Sleep(time.Millisecond)
		}
		return 0, context.Cause(ctx)
	})
)

// A later is a number, and a file to wait for.
type later struct {
	Path string
	N    int
}

func TestConformanceShutdown(t *testing.T) {
	const class = "test_concurrent_futures/test_shutdown/ProcessPoolShutdownTest/"
	t.Run(class+"test_processes_terminate", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 5})
		path := filepath.Join(t.TempDir(), "go")
		var calls sync.WaitGroup
		for range 3 {
			calls.Go(func() { squaresLater.On(pool)(t.Context(), later{Path: path}) })
		}
		require.Eventually(t, func() bool { return busy(pool) == 3 }, 10*time.Second, time.Millisecond)
		workers := pids(pool)
		require.Len(t, workers, 3)
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		require.NoError(t, within(t, func() error { return pool.Shutdown(context.Background()) }))
		require.False(t, slices.ContainsFunc(workers, alive))
		calls.Wait()
	})
	t.Run(class+"test_context_manager_shutdown", func(t *testing.T) {
		var workers []int
		func() {
			pool := newPool(t, ipc.PoolOptions{Workers: 5})
			defer pool.Close()
			numbers, want := squares(10)
			got, err := par.Map(t.Context(), numbers, square.On(pool))
			require.NoError(t, err)
			require.Equal(t, want, got)
			workers = pids(pool)
		}()
		require.NotEmpty(t, workers)
		require.False(t, slices.ContainsFunc(workers, alive))
	})
	t.Run(class+"test_shutdown_no_wait", func(t *testing.T) {
		// Whoever does not want to wait for the end has another goroutine close.
		before := leak.Take()
		pool := newPool(t, ipc.PoolOptions{Workers: 5})
		var all [10]*concurrent.Future[int]
		for i := range all {
			all[i] = concurrent.Go(t.Context(), func(ctx context.Context) (int, error) { return square.On(pool)(ctx, i) })
		}
		require.Eventually(t, func() bool { return pool.Stats().Calls == 10 }, 10*time.Second, time.Millisecond)
		go pool.Shutdown(context.Background())
		got, err := concurrent.Gather(t.Context(), all[:]...)
		require.NoError(t, err)
		_, want := squares(10)
		require.Equal(t, want, got)
		require.Empty(t, before.Wait(leak.Grace))
	})
}
