//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

func newMemory(t testing.TB) *shm.Memory {
	t.Helper()
	m, err := shm.NewMemory()
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	return m
}

// A toil is what a worker does with the nouns until it is killed.
type toil struct {
	Permits *shm.BoundedSemaphore
	Busy    *shm.Number[int]
	In, Out *shm.Queue[string]
	Done    *shm.Event
	Meet    *shm.Barrier
	RW      *shm.RWLock
	Pair    *shm.Array[int64]
	Cond    *shm.Condition
	Turn    *shm.Number[int]
	Do      string
	N       int
}

var toiling = ipc.Func("shm_test.toil", func(ctx context.Context, w toil) (string, error) {
	switch w.Do {
	case "die with a permit":
		if err := w.Permits.Acquire(ctx, w.N); err != nil {
			return "", err
		}
		die()
	case "die in a barrier":
		go w.Meet.Wait(ctx)
		for w.Meet.Waiting() < w.N {
		}
		die()
	case "die with an item":
		w.In.Get(ctx)
		die()
	case "die with a lease":
		l, err := w.In.Lease(ctx)
		if err != nil || l.Attempt != 1 {
			return "", fmt.Errorf("attempt %d: %w", l.Attempt, err)
		}
		die()
	case "die writing":
		w.RW.Lock()
		die()
	case "die reading":
		w.RW.RLock()
		die()
	case "meet":
		n, err := w.Meet.Wait(ctx)
		return fmt.Sprint(n), err
	case "wait":
		if err := w.Cond.Lock().LockContext(ctx); err != nil {
			return "", err
		}
		defer w.Cond.Lock().Unlock()
		w.Turn.Add(1)
		return "", w.Cond.Wait(ctx)
	case "permits":
		for range w.N {
			if err := w.Permits.Acquire(ctx, 1+rand.IntN(2)*0); err != nil {
				return "", err
			}
			if n := w.Busy.Add(1); n > 3 {
				return "", fmt.Errorf("%d have permits", n)
			}
			w.Busy.Add(-1)
			w.Permits.Release(1)
		}
	case "echo":
		for v, err := range w.In.All(ctx) {
			if err != nil {
				return "", err
			}
			if err = w.Out.Put(ctx, v); err != nil {
				return "", err
			}
			w.In.TaskDone()
		}
	case "lease":
		for {
			l, err := w.In.Lease(ctx)
			if errors.Is(err, shm.ErrClosed) {
				return "", nil
			}
			if err != nil {
				return "", err
			}
			if err = w.Out.Put(ctx, l.Item); err != nil {
				return "", err
			}
			l.Done()
		}
	case "rw":
		for i := range w.N {
			if i%4 == 0 {
				if err := w.RW.LockContext(ctx); err != nil && !errors.Is(err, shm.ErrOwnerDied) {
					return "", err
				} else if err != nil {
					w.Pair.Slice()[0] = w.Pair.Slice()[1]
					w.RW.MarkConsistent()
				}
				w.Pair.Slice()[0]++
				w.Pair.Slice()[1]++
				w.RW.Unlock()
				continue
			}
			if err := w.RW.RLockContext(ctx); errors.Is(err, shm.ErrOwnerDied) {
				continue
			} else if err != nil {
				return "", err
			}
			if p := w.Pair.Slice(); p[0] != p[1] {
				return "", errors.New("a reader saw half a change")
			}
			w.RW.RUnlock()
		}
	}
	return "", nil
})

func die() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func newToil(t *testing.T) toil {
	t.Helper()
	m := newMemory(t)
	w := toil{}
	var err [9]error
	w.Permits, err[0] = shm.NewBoundedSemaphore(m, 3)
	w.Busy, err[1] = shm.NewNumber(m, 0)
	w.In, err[2] = shm.NewQueue[string](m, 8, shm.QueueOptions{MaxItem: 100})
	w.Out, err[3] = shm.NewQueue[string](m, 100, shm.QueueOptions{MaxItem: 100})
	w.Done, err[4] = shm.NewEvent(m)
	w.Meet, err[5] = shm.NewBarrier(m, 3)
	w.RW, err[6] = shm.NewRWLock(m)
	w.Pair, err[7] = shm.NewArray[int64](m, 2)
	w.Turn, err[8] = shm.NewNumber(m, 0)
	require.NoError(t, errors.Join(err[:]...))
	l, e := shm.NewLock(m)
	require.NoError(t, e)
	w.Cond, e = shm.NewCondition(l)
	require.NoError(t, e)
	return w
}

// do has a worker do something with what w has.
func (w toil) do(t *testing.T, c ipc.Carrier, what string, n int) (string, error) {
	t.Helper()
	w.Do, w.N = what, n
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return toiling.On(c)(ctx, w)
}

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

func TestPermitsAreShared(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 3})
	rounds := effort.Times(300, 100, 5000)
	var all sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.do(t, pool, "permits", rounds) })
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, 3, w.Permits.Value())
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

func TestQueueBetweenProcesses(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 3})
	n := effort.Times(1000, 200, 20000)
	var all sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.do(t, pool, "echo", 0) })
	}
	var got []string
	all.Go(func() {
		buf := make([]string, 10)
		for len(got) < n {
			k, err := w.Out.GetMany(t.Context(), buf)
			if err != nil {
				return
			}
			got = append(got, buf[:k]...)
		}
	})
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("%06d", i))
	}
	k, err := w.In.PutAll(t.Context(), want[:n/2])
	require.NoError(t, err)
	require.Equal(t, n/2, k)
	for _, v := range want[n/2:] {
		require.NoError(t, w.In.Put(t.Context(), v))
	}
	require.NoError(t, w.In.Join(t.Context()))
	w.In.Shutdown(false)
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	slices.Sort(got)
	require.Equal(t, want, got)
	require.Zero(t, w.In.Stats().Unfinished)
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

func TestRWLockBetweenProcesses(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 3})
	rounds := effort.Times(400, 100, 4000)
	var all sync.WaitGroup
	errs := make([]error, 5)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.do(t, pool, "rw", rounds) })
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.EqualValues(t, 5*rounds/4, w.Pair.Slice()[0])
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

func TestConditionBetweenProcesses(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 2})
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range 2 {
		all.Go(func() { _, errs[i] = w.do(t, pool, "wait", 0) })
		all.Go(func() {
			call := toiling.Bind(toil{Cond: w.Cond, Turn: w.Turn, Do: "wait"})
			_, errs[2+i] = call.Run(t.Context())
		})
	}
	for w.Turn.Load() < 4 {
		time.Sleep(time.Millisecond)
	}
	w.Cond.Lock().Lock()
	w.Cond.Notify(1)
	w.Cond.NotifyAll()
	w.Cond.Lock().Unlock()
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Panics(t, func() { w.Cond.Notify(1) })
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
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
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
