//go:build unix

package ipc_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// eventually waits until the pool's statistics are as they should be.
func eventually(t *testing.T, pool *ipc.Pool, ok func(ipc.PoolStats) bool) {
	t.Helper()
	require.Eventually(t, func() bool { return ok(pool.Stats()) }, 10*time.Second, time.Millisecond)
}

// A worker gets so many calls and no more, whether they come one by one or at once,
// and none is lost at the change.
func TestMaxCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	pool := newPool(t, ipc.PoolOptions{Workers: 2, MaxCalls: 3, Finalizer: notes.Bind(note{Path: path, Text: "bye"})})
	var mu sync.Mutex
	served := map[int]int{}
	call := func() {
		id, err := pid.On(pool)(t.Context(), none{})
		assert.NoError(t, err)
		mu.Lock()
		served[id]++
		mu.Unlock()
	}
	for range 7 {
		call()
	}
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			for range 10 {
				call()
			}
		})
	}
	calls.Wait()
	require.NoError(t, pool.Shutdown(context.Background()))
	total := 0
	for id, n := range served {
		require.LessOrEqual(t, n, 3, "worker %d", id)
		total += n
	}
	require.Equal(t, 87, total)
	require.GreaterOrEqual(t, len(served), 29)
	s := pool.Stats()
	require.Zero(t, s.Died)
	require.Zero(t, s.Killed)
	require.Len(t, noted(t, path), int(s.Spawned), "each has said goodbye")
}

// A worker that has done its calls is replaced before somebody asks.
func TestMaxCallsStandby(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, MaxCalls: 1})
	first, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Spawned == 2 && s.Idle == 1 })
	second, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

func TestMinAndIdle(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 4, Min: 2, Idle: 50 * time.Millisecond, Launch: ipc.Launch{Grace: time.Minute}})
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Idle == 2 })
	ctx, cancel := context.WithCancel(t.Context())
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() { late.On(pool)(ctx, none{}) })
	}
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Workers == 4 && s.Idle == 0 })
	cancel()
	calls.Wait()
	require.Eventually(t, func() bool { return len(pool.Workers()) == 2 }, 10*time.Second, time.Millisecond)
	s := pool.Stats()
	require.Equal(t, 2, s.Workers)
	require.Zero(t, s.Died+s.Killed)
	got, err := square.On(pool)(t.Context(), 6)
	require.NoError(t, err)
	require.Equal(t, 36, got)
}

// A pool that is not used need have no worker at all.
func TestIdleToNone(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Idle: time.Millisecond})
	for range 3 {
		require.Eventually(t, func() bool { return len(pool.Workers()) == 0 }, 10*time.Second, time.Millisecond)
		got, err := square.On(pool)(t.Context(), 6)
		require.NoError(t, err)
		require.Equal(t, 36, got)
	}
}

func TestResize(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Grace: time.Minute}})
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 4)
	hold := func() {
		_, err := late.On(pool)(ctx, none{})
		results <- err
	}
	for range cap(results) {
		go hold()
	}
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Waiting == 3 })
	pool.Resize(4)
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Workers == 4 && s.Waiting == 0 })
	pool.Resize(2)
	require.Equal(t, 2, pool.Stats().Workers)
	all := pool.Workers()
	require.Len(t, all, 4, "nobody leaves before the call has ended")
	leaving := func(w ipc.WorkerInfo) bool { return w.State == ipc.WorkerLeaving }
	require.Len(t, slices.DeleteFunc(slices.Clone(all), leaving), 2)
	cancel()
	for range cap(results) {
		require.NoError(t, <-results)
	}
	require.Eventually(t, func() bool { return len(pool.Workers()) == 2 }, 10*time.Second, time.Millisecond)
	pool.Resize(1)
	require.Eventually(t, func() bool { return len(pool.Workers()) == 1 }, 10*time.Second, time.Millisecond)
	got, err := square.On(pool)(t.Context(), 6)
	require.NoError(t, err)
	require.Equal(t, 36, got)
	require.Zero(t, pool.Stats().Died+pool.Stats().Killed)
	require.Panics(t, func() { pool.Resize(0) })
	require.NoError(t, pool.Shutdown(context.Background()))
	pool.Resize(1)
}

// Calls go on while all workers are replaced, and none is lost.
func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Min: 2, Finalizer: notes.Bind(note{Path: path, Text: "bye"})})
	eventually(t, pool, func(s ipc.PoolStats) bool { return s.Workers == 2 })
	old := pool.Workers()
	over := make(chan none)
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				if got, err := square.On(pool)(t.Context(), i); err != nil || got != i*i {
					t.Error(got, err)
					return
				}
			}
		})
	}
	for range 3 {
		require.NoError(t, pool.Replace(t.Context()))
	}
	close(over)
	callers.Wait()
	require.Eventually(t, func() bool { return len(pool.Workers()) == 2 }, 10*time.Second, time.Millisecond)
	for _, w := range pool.Workers() {
		require.NotEqual(t, old[0].Pid, w.Pid)
		require.NotEqual(t, old[1].Pid, w.Pid)
	}
	s := pool.Stats()
	require.EqualValues(t, 8, s.Spawned)
	require.Zero(t, s.Died+s.Killed+s.Retried)
	require.Len(t, noted(t, path), 6)
}

// What cannot be replaced stays.
func TestReplaceFails(t *testing.T) {
	dir, option := spoil(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Env: []string{option}}})
	worker := pool.Workers()[0].Pid
	require.NoError(t, os.WriteFile(filepath.Join(dir, "exit 1"), nil, 0o600))
	require.ErrorIs(t, pool.Replace(t.Context()), ipc.ErrStart)
	got, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.Equal(t, worker, got)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCustom)
	require.Equal(t, errCustom, pool.Replace(ctx))
	require.NoError(t, syscall.Kill(worker, 0))
	require.NoError(t, pool.Shutdown(context.Background()))
	require.ErrorIs(t, pool.Replace(t.Context()), ipc.ErrClosed)
}
