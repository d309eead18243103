//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/halt"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// Permits of a dead process come back.
func TestPermitsOfTheDead(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 1})
	require.NoError(t, w.Permits.Acquire(t.Context(), 1))
	_, err := w.do(t, pool, "die with a permit", 2)
	require.ErrorAs(t, err, new(*ipc.ProcessDiedError))
	require.NoError(t, w.Permits.Acquire(t.Context(), 2))
	require.Zero(t, w.Permits.Value())
	w.Permits.Release(3)
	require.Equal(t, 3, w.Permits.Value())
	require.Panics(t, func() { w.Permits.Release(1) })
}

// A party that dies breaks the barrier, which Reset mends.
func TestBarrierOfTheDead(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 2})
	waits := make(chan error)
	go func() {
		_, err := w.Meet.Wait(t.Context())
		waits <- err
	}()
	for w.Meet.Waiting() == 0 {
		time.Sleep(time.Millisecond)
	}
	_, err := w.do(t, pool, "die in a barrier", 2)
	require.ErrorAs(t, err, new(*ipc.ProcessDiedError))
	require.Equal(t, shm.ErrBroken, <-waits)
	require.True(t, w.Meet.Broken())
	w.Meet.Reset()
	var all sync.WaitGroup
	seen := make([]string, 3)
	errs := make([]error, 3)
	for i := range 2 {
		all.Go(func() { seen[i], errs[i] = w.do(t, pool, "meet", 0) })
	}
	n, err := w.Meet.Wait(t.Context())
	all.Wait()
	seen[2], errs[2] = fmt.Sprint(n), err
	require.NoError(t, errors.Join(errs...))
	slices.Sort(seen)
	require.Equal(t, []string{"0", "1", "2"}, seen)
}

// Items of the dead are counted, and leases come back in order.
func TestItemsOfTheDead(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 1})
	for _, v := range []string{"a", "b", "c", "d"} {
		require.NoError(t, w.In.Put(t.Context(), v))
	}
	_, err := w.do(t, pool, "die with a lease", 0)
	require.ErrorAs(t, err, new(*ipc.ProcessDiedError))
	l, err := w.In.Lease(t.Context())
	require.NoError(t, err)
	require.Equal(t, "a", l.Item)
	require.Equal(t, 2, l.Attempt)
	second, err := w.In.Lease(t.Context())
	require.NoError(t, err)
	l.Return()
	second.Done()
	second.Done()
	_, err = w.do(t, pool, "die with an item", 0)
	require.ErrorAs(t, err, new(*ipc.ProcessDiedError))
	v, err := w.In.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, "c", v)
	w.In.TaskDone()
	require.Panics(t, w.In.TaskDone)
	v, err = w.In.TryGet()
	require.NoError(t, err)
	require.Equal(t, "d", v)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.Equal(t, context.DeadlineExceeded, w.In.Join(ctx))
	w.In.TaskDone()
	require.Equal(t, &shm.LostError{Items: 1}, w.In.Join(t.Context()))
	_, err = w.In.TryGet()
	require.Equal(t, shm.ErrEmpty, err)
}

func TestRWLockOfTheDead(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 1})
	_, err := w.do(t, pool, "die reading", 0)
	require.ErrorAs(t, err, new(*ipc.ProcessDiedError))
	w.RW.Lock()
	require.False(t, w.RW.TryRLock())
	w.RW.Unlock()
	_, err = w.do(t, pool, "die writing", 0)
	require.ErrorAs(t, err, new(*ipc.ProcessDiedError))
	err = w.RW.RLockContext(t.Context())
	require.ErrorIs(t, err, shm.ErrOwnerDied)
	require.False(t, w.RW.TryLock())
	require.False(t, w.RW.TryRLock())
	err = w.RW.LockContext(t.Context())
	require.ErrorIs(t, err, shm.ErrOwnerDied)
	w.RW.MarkConsistent()
	w.RW.Unlock()
	require.True(t, w.RW.TryRLock())
	w.RW.RUnlock()
	require.Panics(t, w.RW.RUnlock)
	require.Panics(t, w.RW.Unlock)
}

// A notification that a process was given and has not taken when it dies goes to another
// that waits.
func TestNotificationOfTheDead(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 1})
	lock := w.Cond.Lock()
	ended := make(chan error, 1)
	go func() {
		_, err := w.do(t, pool, "wait", 0)
		ended <- err
	}()
	for w.Turn.Load() == 0 || !lock.TryLock() { // the worker counts with the lock held, and waits without
		time.Sleep(time.Millisecond)
	}
	pid := pool.Workers()[0].Pid
	halt.Process(t, pid)
	w.Cond.Notify(1)
	told := make(chan error, 1)
	waits := make(chan struct{})
	go func() {
		lock.Lock()
		defer lock.Unlock()
		close(waits)
		told <- w.Cond.Wait(t.Context())
	}()
	lock.Unlock()
	<-waits
	lock.Lock() // it waits now
	require.Empty(t, told)
	lock.Unlock()
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.ErrorAs(t, <-ended, new(*ipc.ProcessDiedError))
	require.NoError(t, <-told)
}

// Workers that take items by lease are killed, and every item arrives.
func TestLeasesUnderKills(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 3})
	n := effort.Times(2000, 300, 50000)
	var all sync.WaitGroup
	var stop atomic.Bool
	for range 3 {
		all.Go(func() {
			for !stop.Load() {
				if _, err := w.do(t, pool, "lease", 0); err == nil {
					return
				}
			}
		})
	}
	seen := map[string]int{}
	all.Go(func() {
		for v, err := range w.Out.All(t.Context()) {
			if err != nil {
				return
			}
			if seen[v]++; len(seen)%(n/10) == 0 && len(seen) < n {
				if workers := pool.Workers(); len(workers) > 0 {
					syscall.Kill(workers[rand.IntN(len(workers))].Pid, syscall.SIGKILL)
				}
			}
		}
	})
	for i := range n {
		require.NoError(t, w.In.Put(t.Context(), fmt.Sprint(i)))
	}
	require.NoError(t, w.In.Join(t.Context()))
	stop.Store(true)
	w.In.Shutdown(false)
	w.Out.Shutdown(false)
	all.Wait()
	require.Len(t, seen, n)
}
