//go:build unix

package ipc_test

import (
	"context"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

func pids(pool *ipc.Pool) (list []int) {
	for _, w := range pool.Workers() {
		list = append(list, w.Pid)
	}
	return list
}

// A spare takes the place of a worker that is gone, and there is another one then.
func TestSpare(t *testing.T) {
	stocked := func(s ipc.PoolStats) bool { return s.Spare == 1 && s.Workers == 1 }
	gone := map[string]struct {
		options ipc.PoolOptions
		end     func(t *testing.T, pool *ipc.Pool)
	}{
		"killed by somebody": {end: func(t *testing.T, pool *ipc.Pool) {
			id, err := pid.On(pool)(t.Context(), none{})
			require.NoError(t, err)
			require.NoError(t, syscall.Kill(id, syscall.SIGKILL))
			eventually(t, pool, func(s ipc.PoolStats) bool { return s.Died == 1 })
		}},
		"killed with its call": {end: func(t *testing.T, pool *ipc.Pool) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := endless.On(pool)(ctx, none{})
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}},
		"has had its calls": {
			options: ipc.PoolOptions{MaxCalls: 1},
			end: func(t *testing.T, pool *ipc.Pool) {
				_, err := square.On(pool)(t.Context(), 1)
				require.NoError(t, err)
			},
		},
	}
	for name, c := range gone {
		t.Run(name, func(t *testing.T) {
			c.options.Workers, c.options.Spare = 1, 1
			pool := newPool(t, c.options)
			eventually(t, pool, stocked)
			before := pids(pool)
			require.Len(t, before, 2)
			c.end(t, pool)
			id, err := pid.On(pool)(t.Context(), none{})
			require.NoError(t, err)
			require.Contains(t, before, id, "it was started when it was asked for")
			if c.options.MaxCalls == 0 {
				eventually(t, pool, stocked)
			}
		})
	}
}

// Spares serve as one more worker where there may be one, and are no more than asked
// for.
func TestSparesServe(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 3, Spare: 2, Launch: ipc.Launch{Grace: time.Minute}})
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Workers == 1 && s.Spare == 2 })
	ready := pids(pool)
	spares := 0
	for _, w := range pool.Workers() {
		if w.State == ipc.WorkerSpare {
			spares++
		}
	}
	require.Equal(t, 2, spares)
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error)
	for range 3 {
		go func() { _, err := late.On(pool)(ctx, none{}); results <- err }()
	}
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Workers == 3 && s.Idle == 0 && s.Spare == 2 })
	for _, w := range pool.Workers() {
		require.Equal(t, slices.Contains(ready, w.Pid), w.Func == late.Name(), "worker %d", w.Pid)
	}
	cancel()
	for range 3 {
		require.NoError(t, <-results)
	}
	s := pool.Stats()
	require.EqualValues(t, 5, s.Spawned)
	require.NoError(t, pool.Shutdown(context.Background()))
	require.Zero(t, pool.Stats().Died+pool.Stats().Killed)
}

// Spares are set up, replaced and let go like all workers.
func TestSparesAreWorkers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	pool := newPool(t, ipc.PoolOptions{
		Workers: 1, Spare: 2,
		Initializer: notes.Bind(note{Path: path, Text: "hello"}),
		Finalizer:   notes.Bind(note{Path: path, Text: "bye"}),
	})
	stocked := func(s ipc.PoolStats) bool { return s.Workers+s.Spare == 3 }
	eventually(t, pool, stocked)
	old := pids(pool)
	require.NoError(t, pool.Replace(t.Context()))
	eventually(t, pool, stocked)
	require.Eventually(t, func() bool {
		return !slices.ContainsFunc(pids(pool), func(id int) bool { return slices.Contains(old, id) })
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, pool.Shutdown(context.Background()))
	require.Len(t, noted(t, path), 2*int(pool.Stats().Spawned))
}

// A spare that dies is replaced, but not forever if it never lives.
func TestSpareDies(t *testing.T) {
	dir, option := spoil(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Spare: 1, Launch: ipc.Launch{Env: []string{option}}})
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Spare == 1 })
	first := pids(pool)
	// Whatever is started from now on dies, and calls do not notice.
	for i := range 5 {
		spoilMore(t, dir, "kill", i)
	}
	id, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(id, syscall.SIGKILL))
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Died == 1 })
	id, err = pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.Contains(t, first, id)
	require.LessOrEqual(t, pool.Stats().FailedStarts, int64(2), "one try each time one is missed")
}

// Spares that were lost, or could not be started, are there again some time.
func TestSparesComeBack(t *testing.T) {
	stocked := func(s ipc.PoolStats) bool { return s.Workers == 1 && s.Spare == 1 }
	t.Run("all at once", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1, Spare: 1})
		eventually(t, pool, stocked)
		for _, id := range pids(pool) {
			require.NoError(t, syscall.Kill(id, syscall.SIGKILL))
		}
		eventually(t, pool, func(s ipc.PoolStats) bool { return s.Died == 2 })
		_, err := square.On(pool)(t.Context(), 1)
		require.NoError(t, err)
		eventually(t, pool, stocked)
	})
	t.Run("not started", func(t *testing.T) {
		dir, option := spoil(t)
		pool := newPool(t, ipc.PoolOptions{Workers: 1, Spare: 1, Launch: ipc.Launch{Env: []string{option}}})
		eventually(t, pool, stocked)
		id, err := pid.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		spoilMore(t, dir, "kill", 0)
		require.NoError(t, syscall.Kill(id, syscall.SIGKILL))
		eventually(t, pool, func(s ipc.PoolStats) bool { return s.FailedStarts == 1 })
		eventually(t, pool, stocked)
	})
}
