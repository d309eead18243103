package concurrent

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// The only one who waits gives up after Unlock has decided to wake it and before it
// could: the next to wait must be woken all the same. Holding mu makes the two meet.
func TestLockUnlockMeetsGiveUp(t *testing.T) {
	yield := func() {
		for range 20 {
			runtime.Gosched()
		}
	}
	for range 100 {
		var l Lock
		waiting := func() {
			for l.Stats().Waiting == 0 {
				runtime.Gosched()
			}
		}
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		l.Lock()
		wg.Go(func() {
			if l.LockContext(ctx) == nil {
				l.Unlock()
			}
		})
		waiting()
		l.mu.Lock()
		cancel()
		yield()
		wg.Go(l.Unlock)
		yield()
		l.mu.Unlock()
		wg.Wait()

		l.Lock()
		wg.Go(func() { l.Lock(); defer l.Unlock() })
		waiting()
		l.Unlock()
		wg.Wait()
		require.Zero(t, l.state.Load(), "state of a lock that is free")
	}
}

// One who is passed over keeps its place; and the lock is handed over to those only
// who were passed over too often, not to all behind them.
func TestLockPassedOver(t *testing.T) {
	for passes := range lockPatience + 1 {
		synctest.Test(t, func(t *testing.T) {
			var l Lock
			var order []int
			l.Lock()
			for i := range 3 {
				go func() {
					l.Lock()
					defer l.Unlock()
					order = append(order, i)
				}()
				synctest.Wait()
			}
			for range passes {
				// As Unlock does, with somebody who takes the lock meanwhile.
				l.state.Or(lockWoken)
				l.wakeFirst(false)
				synctest.Wait()
			}
			assert.Equal(t, passes == lockPatience, l.state.Load()&lockStarving != 0, "starving after %d passes", passes)
			l.Unlock()
			synctest.Wait()
			handovers := passes / lockPatience
			s := l.Stats()
			assert.Equal(t, []int{0, 1, 2}, order, "after %d passes", passes)
			assert.Equal(t, int64(handovers), s.Handovers, "after %d passes", passes)
			assert.Equal(t, int64(3), s.Contended, "after %d passes", passes)
			assert.Zero(t, l.state.Load(), "state in the end")
		})
	}
}

// When all have given up nothing is left of them for Unlock to look after.
func TestLockGivenUpState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Lock
		l.Lock()
		ctx, cancel := context.WithCancel(t.Context())
		for range 2 {
			go func() { _ = l.LockContext(ctx) }()
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		assert.Equal(t, int32(lockHeld), l.state.Load(), "state")
	})
}

// Of two Unlocks that want to hand the lock over, the second finds that there is nothing
// to hand over any more, and gives it to no other goroutine.
func TestLockHandedOverOnce(t *testing.T) {
	var l Lock
	l.Lock()
	first, second := park.New(lockPatience), park.New(lockPatience-1)
	l.queue.Push(first)
	l.queue.Push(second)
	l.state.Or(lockQueued | lockStarving)
	require.True(t, l.wakeFirst(true))
	require.True(t, first.Wait(t.Context()))
	require.EqualValues(t, lockHandedOver, first.N)
	require.False(t, l.wakeFirst(true), "the lock that is not to be handed over")
	require.Equal(t, 1, l.queue.Len())
}
