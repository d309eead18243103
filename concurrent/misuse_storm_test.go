package concurrent_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/effort"
)

// recovered calls f and drops its panic: a misuse that the program survives.
func recovered(f func()) {
	defer func() { _ = recover() }()
	f()
}

// stormed runs every one of calls in a goroutine of its own, again and again.
func stormed(rounds int, calls ...func()) {
	var wg sync.WaitGroup
	for _, call := range calls {
		wg.Go(func() {
			for i := range rounds {
				recovered(call)
				if i%8 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	wg.Wait()
}

// together calls all of calls as nearly at the same time as can be.
func together(calls ...func()) {
	var ready atomic.Int32
	var wg sync.WaitGroup
	for _, call := range calls {
		wg.Go(func() {
			ready.Add(1)
			for i := 0; ready.Load() < int32(len(calls)) && i < 1000; i++ {
			}
			recovered(call)
		})
	}
	wg.Wait()
}

// A misuse that is recovered leaves what was misused as it was, also where it meets
// those who use it well.
func TestMisuseMeetsUse(t *testing.T) {
	rounds := effort.Times(10_000, 2_000, 500_000)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // what never comes would take
	defer cancel()
	t.Run("RWLock", func(t *testing.T) {
		var l concurrent.RWLock
		write := func() {
			if l.LockContext(ctx) == nil {
				l.Unlock()
			}
		}
		read := func() {
			if l.RLockContext(ctx) == nil {
				l.RUnlock()
			}
		}
		stormed(rounds, write, l.Unlock, l.Unlock)
		require.True(t, l.TryLock(), "after Unlocks of what is not locked, a free lock is not free")
		l.Unlock()
		stormed(rounds, write, read, l.Unlock, l.RUnlock)
		require.True(t, l.TryLock(), "after Unlocks and RUnlocks, a free lock is not free")
		assert.False(t, l.TryRLock(), "TryRLock while one writes")
		l.Unlock()
		require.True(t, l.TryRLock())
		assert.False(t, l.TryLock(), "TryLock while one reads")
		l.RUnlock()
		require.NoError(t, ctx.Err(), "somebody waited for ever")
	})
	t.Run("RWLock whose readers leave", func(t *testing.T) {
		for range rounds {
			var l concurrent.RWLock
			l.RLock()
			together(l.RUnlock, l.Unlock, func() {
				if assert.NoError(t, l.LockContext(ctx), "a writer was forgotten") {
					l.Unlock()
				}
			})
			require.True(t, l.TryLock(), "a free lock is not free")
		}
	})
	t.Run("Lock", func(t *testing.T) {
		var l concurrent.Lock
		use := func() {
			if l.LockContext(ctx) == nil {
				l.Unlock()
			}
		}
		stormed(rounds, use, use, use, l.Unlock)
		require.True(t, l.TryLock(), "after Unlocks of what is not locked, a free lock is not free")
		l.Unlock()
		require.NoError(t, ctx.Err(), "somebody waited for ever")
	})
	t.Run("BoundedSemaphore", func(t *testing.T) {
		for range rounds {
			s := concurrent.NewBoundedSemaphore(5)
			together(func() { s.Resize(4) }, func() { s.Release(1) })
			require.Equal(t, 4, s.Value(), "permits of 4, though none was acquired")
		}
	})
	t.Run("WaitGroup", func(t *testing.T) {
		var wg concurrent.WaitGroup
		stormed(rounds, func() { wg.Add(1); wg.Done() }, func() { wg.Add(-3) }, func() { wg.Add(-3) })
		require.NoError(t, wg.WaitContext(ctx), "the count is not zero in the end")
	})
	t.Run("Queue", func(t *testing.T) {
		q := concurrent.NewQueue[int](1)
		stormed(rounds, func() {
			if q.Put(ctx, 1) == nil {
				_, _ = q.Get(ctx)
				q.TaskDone()
			}
		}, q.TaskDone)
		assert.NoError(t, q.Join(ctx))
		assert.Zero(t, q.Stats().Unfinished)
	})
}

// The owner of an RLock whose outermost Do has returned has expired for good, whatever
// goroutines were inside with it.
func TestRLockOwnerExpiresForGood(t *testing.T) {
	var l concurrent.RLock
	for range effort.Times(3_000, 500, 50_000) {
		var owner context.Context
		var wg sync.WaitGroup
		recovered(func() {
			_ = l.Do(t.Context(), func(ctx context.Context) error {
				owner = ctx
				inside := make(chan struct{}, 2)
				leave := make(chan struct{})
				for range 2 {
					wg.Go(func() {
						recovered(func() {
							_ = l.Do(ctx, func(context.Context) error { inside <- struct{}{}; <-leave; return nil })
						})
					})
				}
				<-inside
				<-inside
				close(leave)
				return nil
			})
		})
		wg.Wait()
		require.Panics(t, func() { _ = l.Do(owner, func(context.Context) error { return nil }) }, "an owner that has expired got in")
		require.False(t, l.Locked(), "the lock in the end")
	}
}

// A Wait whose lock is not held any more when it unlocks panics and is not in the way
// of those that wait after it.
func TestConditionWaitWithoutLockTakesNoNotification(t *testing.T) {
	bubble(t, "notified", func(t *testing.T) {
		var l concurrent.Lock
		c := concurrent.NewCondition(&l)
		l.Lock() // by another goroutine, which unlocks while Wait begins
		misuse(t, "Unlock of an unlocked Lock", func() { _ = c.Wait(&hookedContext{Context: t.Context(), err: l.Unlock}) })
		woken := false
		go func() {
			l.Lock()
			defer l.Unlock()
			assert.NoError(t, c.Wait(t.Context()))
			woken = true
		}()
		time.Sleep(time.Second)
		l.Lock()
		c.Notify(1)
		l.Unlock()
		time.Sleep(time.Second)
		l.Lock()
		defer l.Unlock()
		assert.True(t, woken, "a notification went to one that does not wait")
		c.NotifyAll()
	})
}

// hookedContext is a context whose methods call functions of the test first.
type hookedContext struct {
	context.Context
	done, err func()
	value     func(key any)
}

func (h *hookedContext) Done() <-chan struct{} {
	if h.done != nil {
		h.done()
	}
	return h.Context.Done()
}

func (h *hookedContext) Err() error {
	if h.err != nil {
		h.err()
	}
	return h.Context.Err()
}

func (h *hookedContext) Value(key any) any {
	if h.value != nil {
		h.value(key)
	}
	return h.Context.Value(key)
}
