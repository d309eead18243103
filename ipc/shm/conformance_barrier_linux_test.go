//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// meetAll has all parties do the same.
func meetAll(t *testing.T, pool *ipc.Pool, do string, passes int) barrierChild {
	t.Helper()
	m := newMemory(t)
	c := barrierChild{Do: do, Passes: passes}
	var err [4]error
	c.Results, err[0] = shm.NewArray[int64](m, 3)
	options := shm.BarrierOptions{}
	if do == "action" {
		options.Action = appended.Bind(c.Results)
	}
	c.Barrier, err[1] = shm.NewBarrier(m, parties, options)
	c.Second, err[2] = shm.NewBarrier(m, parties)
	c.Out, err[3] = shm.NewQueue[int](m, parties)
	require.NoError(t, errors.Join(err[:]...))
	errs := make([]error, parties)
	var all sync.WaitGroup
	for i := range parties - 1 {
		all.Go(func() { _, errs[i] = barrierChildren.On(pool)(t.Context(), c) })
	}
	all.Go(func() { errs[parties-1] = c.do(t.Context()) })
	if do == "thousand" {
		for i := range passes {
			for range parties {
				n, err := c.Out.Get(t.Context())
				require.NoError(t, err)
				require.Equal(t, i, n)
			}
		}
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	return c
}

func TestConformanceBarriers(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: parties - 1})
	t.Run("_test_multiprocessing/_TestBarrier/test_barrier", func(t *testing.T) { meetAll(t, pool, "passes", 1) })
	t.Run("_test_multiprocessing/_TestBarrier/test_barrier_10", func(t *testing.T) {
		c := meetAll(t, pool, "passes", 10)
		require.Zero(t, c.Barrier.Waiting())
	})
	t.Run("_test_multiprocessing/_TestBarrier/test_wait_return", func(t *testing.T) {
		c := meetAll(t, pool, "return", 1)
		seen := map[int]bool{}
		for range parties {
			n, err := c.Out.TryGet()
			require.NoError(t, err)
			seen[n] = true
		}
		require.Equal(t, map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true}, seen)
	})
	t.Run("_test_multiprocessing/_TestBarrier/test_action", func(t *testing.T) {
		require.Equal(t, 1, meetAll(t, pool, "action", 1).len(0))
	})
	t.Run("_test_multiprocessing/_TestBarrier/test_abort", func(t *testing.T) {
		c := meetAll(t, pool, "abort", 1)
		require.Equal(t, []int64{0, parties - 1, 0}, c.Results.Slice())
		require.True(t, c.Barrier.Broken())
	})
	t.Run("_test_multiprocessing/_TestBarrier/test_reset", func(t *testing.T) {
		c := meetAll(t, pool, "reset", 1)
		require.Equal(t, []int64{0, parties - 1, parties}, c.Results.Slice())
	})
	t.Run("_test_multiprocessing/_TestBarrier/test_abort_and_reset", func(t *testing.T) {
		c := meetAll(t, pool, "abort and reset", 1)
		require.Equal(t, []int64{0, parties - 1, parties}, c.Results.Slice())
	})
	t.Run("_test_multiprocessing/_TestBarrier/test_timeout", func(t *testing.T) {
		c := meetAll(t, pool, "timeout", 1)
		require.Equal(t, parties, c.len(0))
		require.True(t, c.Barrier.Broken())
	})
	t.Run("_test_multiprocessing/_TestBarrier/test_single_thread", func(t *testing.T) {
		b, err := shm.NewBarrier(newMemory(t), 1)
		require.NoError(t, err)
		for range 2 {
			_, err = b.Wait(t.Context())
			require.NoError(t, err)
		}
	})
	t.Run("_test_multiprocessing/_TestBarrier/test_thousand", func(t *testing.T) {
		meetAll(t, pool, "thousand", effort.Times(1000, 200, 1000))
	})
}
