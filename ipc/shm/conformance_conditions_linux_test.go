//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A conditionChild is what a child does with a condition: it waits, for so long at most.
type conditionChild struct {
	Cond            *shm.Condition
	Sleeping, Woken *shm.Semaphore
	For             time.Duration
	State           *shm.Number[int]
}

var conditionChildren = ipc.Func("shm_test.conditionChild", func(ctx context.Context, c conditionChild) (struct{}, error) {
	return struct{}{}, c.sleep(ctx)
})

func (c conditionChild) sleep(ctx context.Context) error {
	if c.For > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	c.Cond.Lock().Lock()
	defer c.Cond.Lock().Unlock()
	c.Sleeping.Release(1)
	err := c.Cond.Wait(ctx)
	c.Woken.Release(1)
	return err
}

// waitersFor wait until the state is 4, and tell that they do.
var waitersFor = ipc.Func("shm_test.waiterFor", func(ctx context.Context, c conditionChild) (bool, error) {
	if c.For > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
		c.Sleeping.Release(1)
	}
	c.Cond.Lock().Lock()
	defer c.Cond.Lock().Unlock()
	if c.For == 0 {
		c.State.Store(0)
		c.Cond.Notify(1)
	}
	err := c.Cond.WaitFor(ctx, func() bool { return c.State.Load() == 4 })
	if c.For > 0 && errors.Is(err, context.DeadlineExceeded) {
		return false, nil
	}
	return c.State.Load() == 4, err
})

// interrupters notify, and then interrupt their parent when that waits again.
var interrupters = ipc.Func("shm_test.interrupter", func(ctx context.Context, c conditionChild) (struct{}, error) {
	c.Cond.Lock().Lock()
	c.Cond.Notify(1)
	c.Cond.Lock().Unlock()
	if err := c.Sleeping.Acquire(ctx, 1); err != nil {
		return struct{}{}, err
	}
	c.Cond.Lock().Lock() // which the parent has released to wait
	defer c.Cond.Lock().Unlock()
	return struct{}{}, syscall.Kill(syscall.Getppid(), syscall.SIGINT)
})

func newConditionChild(t *testing.T) conditionChild {
	t.Helper()
	m := newMemory(t)
	var c conditionChild
	var err [4]error
	c.Sleeping, err[0] = shm.NewSemaphore(m, 0)
	c.Woken, err[1] = shm.NewSemaphore(m, 0)
	c.State, err[2] = shm.NewNumber(m, -1)
	l, e := shm.NewLock(m)
	require.NoError(t, e)
	c.Cond, err[3] = shm.NewCondition(l)
	require.NoError(t, errors.Join(err[:]...))
	return c
}

// sleepBoth has n children and as many goroutines wait. The function that it returns
// waits for their ends.
func (c conditionChild) sleepBoth(t *testing.T, pool *ipc.Pool, n int) (join func() []error) {
	t.Helper()
	var all sync.WaitGroup
	errs := make([]error, 2*n)
	for i := range n {
		all.Go(func() { _, errs[i] = conditionChildren.On(pool)(t.Context(), c) })
		all.Go(func() { errs[n+i] = c.sleep(t.Context()) })
	}
	for range 2 * n {
		require.NoError(t, c.Sleeping.Acquire(t.Context(), 1))
	}
	return func() []error { all.Wait(); return errs }
}

func (c conditionChild) notify(n int) { notify(hereCondition{c.Cond.Lock(), c.Cond}, n) }

func TestConformanceConditions(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 3})
	awake := func(t *testing.T, c conditionChild, n int) {
		t.Helper()
		until(t, "they are awake", func() bool { return c.Woken.Value() >= n })
		expires(t, func(ctx context.Context) error { return c.Woken.Acquire(ctx, n+1) })
	}
	t.Run("_test_multiprocessing/_TestCondition/test_notify", func(t *testing.T) {
		c := newConditionChild(t)
		join := c.sleepBoth(t, pool, 1)
		for n := range 2 {
			awake(t, c, n)
			c.notify(1)
		}
		awake(t, c, 2)
		require.NoError(t, errors.Join(join()...))
	})
	t.Run("_test_multiprocessing/_TestCondition/test_notify_all", func(t *testing.T) {
		c := newConditionChild(t)
		c.For = short
		for _, err := range c.sleepBoth(t, pool, 3)() {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		require.NoError(t, c.Woken.Acquire(t.Context(), 6))
		c.For = 0
		join := c.sleepBoth(t, pool, 3)
		awake(t, c, 0)
		c.Cond.Lock().Lock()
		c.Cond.NotifyAll()
		c.Cond.Lock().Unlock()
		awake(t, c, 6)
		require.NoError(t, errors.Join(join()...))
	})
	t.Run("_test_multiprocessing/_TestCondition/test_notify_n", func(t *testing.T) {
		c := newConditionChild(t)
		join := c.sleepBoth(t, pool, 3)
		c.notify(2)
		awake(t, c, 2)
		c.notify(4)
		awake(t, c, 6)
		c.notify(3)
		awake(t, c, 6)
		require.NoError(t, errors.Join(join()...))
	})
	t.Run("_test_multiprocessing/_TestCondition/test_timeout", func(t *testing.T) {
		c := newConditionChild(t).Cond
		c.Lock().Lock()
		expires(t, c.Wait)
		c.Lock().Unlock()
	})
	t.Run("_test_multiprocessing/_TestCondition/test_waitfor", func(t *testing.T) {
		c := newConditionChild(t)
		result := started(func() error { _, err := waitersFor.On(pool)(t.Context(), c); return err })
		c.Cond.Lock().Lock()
		require.NoError(t, c.Cond.WaitFor(t.Context(), func() bool { return c.State.Load() == 0 }))
		c.Cond.Lock().Unlock()
		for range 4 {
			waits(t, result)
			c.Cond.Lock().Lock()
			c.State.Add(1)
			c.Cond.Notify(1)
			c.Cond.Lock().Unlock()
		}
		require.NoError(t, returned(t, result))
	})
	t.Run("_test_multiprocessing/_TestCondition/test_waitfor_timeout", func(t *testing.T) {
		c := newConditionChild(t)
		c.State.Store(0)
		c.For = 2 * short
		failed := started(func() error {
			is4, err := waitersFor.On(pool)(t.Context(), c)
			if is4 {
				err = errEnded
			}
			return err
		})
		require.NoError(t, c.Sleeping.Acquire(t.Context(), 1))
		for range 3 {
			c.Cond.Lock().Lock()
			c.State.Add(1)
			c.Cond.Notify(1)
			c.Cond.Lock().Unlock()
		}
		require.NoError(t, returned(t, failed))
	})
	t.Run("_test_multiprocessing/_TestCondition/test_wait_result", func(t *testing.T) {
		c := newConditionChild(t)
		ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGINT)
		defer stop()
		c.Cond.Lock().Lock()
		defer c.Cond.Lock().Unlock()
		require.Equal(t, errEnded, c.Cond.Wait(endedContext(ctx)))
		expires(t, c.Cond.Wait)
		p, err := ipc.Start(t.Context(), interrupters, c)
		require.NoError(t, err)
		require.NoError(t, c.Cond.Wait(ctx))
		c.Sleeping.Release(1)
		err = c.Cond.Wait(ctx)
		require.Error(t, ctx.Err(), "the signal has come")
		require.Equal(t, context.Cause(ctx), err)
		require.NoError(t, p.Join(t.Context()))
	})
}
