package concurrent_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/concurrent"
)

// A crew is goroutines that wait for a condition; woken is the order in which
// they went on, and errs why others did not.
type crew struct {
	lock  concurrent.Lock
	cond  *concurrent.Condition
	keep  bool // who goes on keeps the lock
	woken []int
	early int // how many went on while the one who notified them had the lock
	errs  []error
}

func newCrew() *crew {
	c := new(crew)
	c.cond = concurrent.NewCondition(&c.lock)
	return c
}

// join makes one wait and returns when it does.
func (c *crew) join(ctx context.Context, name int) {
	go func() {
		c.lock.Lock()
		if err := c.cond.Wait(ctx); err == nil {
			c.woken = append(c.woken, name)
		} else {
			c.errs = append(c.errs, err)
		}
		if !c.keep {
			c.lock.Unlock()
		}
	}()
	synctest.Wait()
}

// notify notifies n, or all for -1, and returns who has gone on since the
// beginning; those it woke sorted, since they fight for the lock.
func (c *crew) notify(n int) []int {
	c.lock.Lock()
	before := len(c.woken)
	if n < 0 {
		c.cond.NotifyAll()
	} else {
		c.cond.Notify(n)
	}
	synctest.Wait()
	c.early += len(c.woken) - before
	c.lock.Unlock()
	synctest.Wait()
	slices.Sort(c.woken[before:])
	return c.woken
}

// TestConformanceCondition runs the behaviours of CPython's threading.Condition
// and asyncio.Condition.
func TestConformanceCondition(t *testing.T) {
	wantWoken := func(t *testing.T, what string, got []int, want ...int) {
		t.Helper()
		assert.Equal(t, want, got, "%s went on", what)
	}
	unacquired := func(t *testing.T) {
		c := newCrew()
		for range 2 {
			misuse(t, "Condition.Wait ", func() { _ = c.cond.Wait(t.Context()) })
			misuse(t, "Condition.WaitFor ", func() { _ = c.cond.WaitFor(t.Context(), func() bool { return true }) })
			misuse(t, "Condition.Notify ", func() { c.cond.Notify(1) })
			misuse(t, "Condition.NotifyAll ", c.cond.NotifyAll)
			pass(&c.lock)
		}
	}
	t.Run("lock_tests/ConditionTests/test_unacquired_wait", unacquired)
	t.Run("lock_tests/ConditionTests/test_unacquired_notify", unacquired)
	bubble(t, "lock_tests/ConditionTests/test_notify", func(t *testing.T) {
		c := newCrew()
		for range 2 {
			c.woken = nil
			for i := range 5 {
				c.join(t.Context(), i)
			}
			wantWoken(t, "before", c.woken)
			wantWoken(t, "after Notify(3)", c.notify(3), 0, 1, 2)
			for i := range 3 {
				c.join(t.Context(), i)
			}
			wantWoken(t, "after Notify(5)", c.notify(5), 0, 1, 2, 0, 1, 2, 3, 4)
			for i := 3; i < 5; i++ {
				c.join(t.Context(), i)
			}
			wantWoken(t, "after NotifyAll", c.notify(-1), 0, 1, 2, 0, 1, 2, 3, 4, 3, 4)
			wantWoken(t, "after NotifyAll of nobody", c.notify(-1), 0, 1, 2, 0, 1, 2, 3, 4, 3, 4)
		}
		assert.Zero(t, c.early, "went on without the lock")
		assert.Empty(t, c.errs, "errors")
	})
	bubble(t, "lock_tests/ConditionTests/test_timeout", func(t *testing.T) {
		c := newCrew()
		start := time.Now()
		ctx := within(t, time.Second)
		for i := range 5 {
			c.join(ctx, i)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Len(t, c.errs, 5, "gave up")
		assert.Empty(t, c.woken, "went on")
		for _, err := range c.errs {
			assert.Equal(t, errGaveUp, err, "Wait")
		}
		assert.Equal(t, time.Second, time.Since(start), "time it took")
	})
	bubble(t, "lock_tests/ConditionTests/test_waitfor", func(t *testing.T) {
		c := newCrew()
		state, asked := 0, 0
		got := make(chan error, 1)
		go func() {
			c.lock.Lock()
			defer c.lock.Unlock()
			err := c.cond.WaitFor(t.Context(), func() bool { asked++; return state == 4 })
			assert.Equal(t, 4, state, "state")
			got <- err
		}()
		for range 4 {
			time.Sleep(time.Millisecond)
			c.lock.Lock()
			state++
			c.cond.Notify(1)
			c.lock.Unlock()
		}
		assert.NoError(t, <-got, "WaitFor")
		assert.Equal(t, 5, asked, "times asked")
	})
	bubble(t, "lock_tests/ConditionTests/test_waitfor_timeout", func(t *testing.T) {
		c := newCrew()
		state := 0
		got := make(chan error, 1)
		start := time.Now()
		go func() {
			c.lock.Lock()
			defer c.lock.Unlock()
			err := c.cond.WaitFor(within(t, time.Second), func() bool { return state == 4 })
			assert.Equal(t, time.Second, time.Since(start), "time it took")
			got <- err
		}()
		for range 3 {
			time.Sleep(time.Millisecond)
			c.lock.Lock()
			state++
			c.cond.Notify(1)
			c.lock.Unlock()
		}
		assert.Equal(t, errGaveUp, <-got, "WaitFor")
	})

	bubble(t, "test_locks/ConditionTests/test_wait", func(t *testing.T) {
		c := newCrew()
		c.keep = true
		for i := range 3 {
			c.join(t.Context(), i)
		}
		wantWoken(t, "at first", c.woken)
		assert.False(t, c.lock.Locked(), "held while they wait")
		unlock := func() {
			c.lock.Unlock()
			synctest.Wait()
			assert.True(t, c.lock.Locked(), "held by who goes on")
		}
		c.lock.Lock()
		c.cond.Notify(1)
		synctest.Wait()
		wantWoken(t, "while the notifier holds the lock", c.woken)
		unlock()
		wantWoken(t, "after Notify(1)", c.woken, 0)
		c.cond.Notify(2)
		synctest.Wait()
		wantWoken(t, "while the first holds the lock", c.woken, 0)
		unlock()
		assert.Len(t, c.woken, 2, "who went on: one of the two, since they fight for the lock")
		unlock()
		assert.ElementsMatch(t, []int{0, 1, 2}, c.woken, "who went on in the end")
	})
	bubble(t, "test_locks/ConditionTests/test_wait_cancel", func(t *testing.T) {
		c := newCrew()
		ctx, cancel := context.WithCancelCause(t.Context())
		c.lock.Lock()
		time.AfterFunc(time.Second, func() { cancel(errGaveUp) })
		assert.Equal(t, errGaveUp, c.cond.Wait(ctx), "Wait")
		assert.True(t, c.lock.Locked(), "held after")
		c.lock.Unlock()
		wantWoken(t, "after Notify of one who has left", c.notify(1))
		c.join(t.Context(), 1)
		wantWoken(t, "after Notify of another", c.notify(1), 1)
	})
	// The notification comes first, the end of the context before the lock is
	// free: the notification counts.
	bubble(t, "test_locks/ConditionTests/test_wait_cancel_contested", func(t *testing.T) {
		c := newCrew()
		ctx, cancel := context.WithCancelCause(t.Context())
		c.join(ctx, 0)
		c.join(t.Context(), 1)
		c.lock.Lock()
		c.cond.Notify(1)
		cancel(errGaveUp)
		synctest.Wait()
		wantWoken(t, "while the lock is held", c.woken)
		c.lock.Unlock()
		synctest.Wait()
		wantWoken(t, "after Notify(1)", c.woken, 0)
		assert.Empty(t, c.errs, "errors")
		wantWoken(t, "after Notify(1) again", c.notify(1), 0, 1)
	})
	t.Run("test_locks/ConditionTests/test_wait_unacquired", unacquired)
	bubble(t, "test_locks/ConditionTests/test_wait_for", func(t *testing.T) {
		c := newCrew()
		ready := false
		var done atomic.Bool
		go func() {
			c.lock.Lock()
			assert.NoError(t, c.cond.WaitFor(t.Context(), func() bool { return ready }), "WaitFor")
			c.lock.Unlock()
			done.Store(true)
		}()
		synctest.Wait()
		c.notify(1)
		assert.False(t, done.Load(), "done before it holds")
		c.lock.Lock()
		ready = true
		c.lock.Unlock()
		c.notify(1)
		assert.True(t, done.Load(), "done")
	})
	bubble(t, "test_locks/ConditionTests/test_notify", func(t *testing.T) {
		c := newCrew()
		for i := range 3 {
			c.join(t.Context(), i)
		}
		wantWoken(t, "after Notify(0)", c.notify(0))
		wantWoken(t, "after Notify(1)", c.notify(1), 0)
		c.lock.Lock()
		c.cond.Notify(1)
		c.cond.Notify(2048)
		c.lock.Unlock()
		synctest.Wait()
		slices.Sort(c.woken)
		wantWoken(t, "after Notify(1) and Notify(2048)", c.woken, 0, 1, 2)
		c.join(t.Context(), 3)
		wantWoken(t, "with one more", c.woken, 0, 1, 2)
		wantWoken(t, "and one more Notify", c.notify(1), 0, 1, 2, 3)
	})
	bubble(t, "test_locks/ConditionTests/test_notify_all", func(t *testing.T) {
		c := newCrew()
		c.join(t.Context(), 0)
		c.join(t.Context(), 1)
		wantWoken(t, "after NotifyAll", c.notify(-1), 0, 1)
	})
	t.Run("test_locks/ConditionTests/test_notify_unacquired", unacquired)
	t.Run("test_locks/ConditionTests/test_notify_all_unacquired", unacquired)
	bubble(t, "test_locks/ConditionTests/test_timeout_in_block", func(t *testing.T) {
		c := newCrew()
		c.lock.Lock()
		defer c.lock.Unlock()
		assert.Equal(t, errGaveUp, c.cond.Wait(within(t, time.Second)), "Wait")
	})
	bubble(t, "test_locks/ConditionTests/test_cancelled_error_wakeup", func(t *testing.T) {
		c := newCrew()
		ctx, cancel := context.WithCancelCause(t.Context())
		got := make(chan error, 1)
		go func() {
			c.lock.Lock()
			defer c.lock.Unlock()
			got <- c.cond.WaitFor(ctx, func() bool { return false })
		}()
		synctest.Wait()
		cancel(errGaveUp)
		assert.Same(t, errGaveUp, <-got, "WaitFor")
	})
	// One of two who wait for an item is notified and gives up, before or after it goes
	// for the lock: one of the two takes the item.
	consumers := func(t *testing.T, relock bool) {
		for range 100 {
			c := newCrew()
			items, taken := 0, 0
			var wg sync.WaitGroup
			ctx, cancel := context.WithCancel(t.Context())
			all, stop := context.WithCancel(t.Context())
			for _, ctx := range []context.Context{ctx, all} {
				wg.Go(func() {
					c.lock.Lock()
					defer c.lock.Unlock()
					for c.cond.WaitFor(ctx, func() bool { return items > 0 }) == nil {
						items--
						taken++
					}
				})
				synctest.Wait()
			}
			c.lock.Lock()
			items++
			c.cond.Notify(1)
			if relock {
				synctest.Wait()
			}
			cancel()
			c.lock.Unlock()
			synctest.Wait()
			assert.Equal(t, 1, taken, "items taken")
			stop()
			wg.Wait()
		}
	}
	bubble(t, "test_locks/ConditionTests/test_cancelled_wakeup", func(t *testing.T) { consumers(t, false) })
	bubble(t, "test_locks/ConditionTests/test_cancelled_wakeup_relock", func(t *testing.T) { consumers(t, true) })
}

// The lock is the program's: a Condition has none of its own.
func TestConditionLock(t *testing.T) {
	bubble(t, "held around Wait", func(t *testing.T) {
		c := newCrew()
		c.lock.Lock()
		assert.False(t, c.lock.TryLock(), "TryLock while it is held")
		assert.Equal(t, errGaveUp, c.cond.Wait(within(t, time.Second)), "Wait")
		assert.False(t, c.lock.TryLock(), "TryLock after Wait")
		c.lock.Unlock()
		assert.True(t, c.lock.TryLock(), "TryLock after Unlock")
	})
	bubble(t, "of two conditions", func(t *testing.T) {
		c := newCrew()
		other := concurrent.NewCondition(&c.lock)
		c.join(t.Context(), 0)
		c.lock.Lock()
		other.NotifyAll()
		c.lock.Unlock()
		synctest.Wait()
		assert.Empty(t, c.woken, "went on after a Notify of the other condition")
		assert.Equal(t, []int{0}, c.notify(1), "went on after Notify")
	})
	t.Run("after a panic of pred", func(t *testing.T) {
		c := newCrew()
		assert.PanicsWithValue(t, "pred", func() {
			c.lock.Lock()
			defer c.lock.Unlock()
			_ = c.cond.WaitFor(t.Context(), func() bool { panic("pred") })
		})
		assert.False(t, c.lock.Locked(), "held")
	})
}

// What holds when the lock is held again is success, whatever woke.
func TestConditionSuccessWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, notify := range []bool{false, true} {
			c := newCrew()
			ready := false
			ctx, cancel := context.WithCancelCause(t.Context())
			got := make(chan error, 1)
			go func() {
				c.lock.Lock()
				defer c.lock.Unlock()
				got <- c.cond.WaitFor(ctx, func() bool { return ready })
			}()
			synctest.Wait()
			c.lock.Lock()
			cancel(errGaveUp)
			synctest.Wait()
			ready = true
			if notify {
				c.cond.Notify(1)
			}
			c.lock.Unlock()
			assert.NoError(t, <-got, "WaitFor")
		}
	})
}

func TestConditionMisuse(t *testing.T) {
	misuse(t, "nil Lock", func() { concurrent.NewCondition(nil) })
	c := newCrew()
	c.lock.Lock()
	misuse(t, "Notify of -1", func() { c.cond.Notify(-1) })
}

func TestConditionContextDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew()
		c.lock.Lock()
		var entered atomic.Bool
		go func() {
			c.lock.Lock()
			defer c.lock.Unlock()
			entered.Store(true)
		}()
		synctest.Wait()
		for range 10 {
			assert.Equal(t, errGaveUp, c.cond.Wait(endedContext(t)), "Wait")
			assert.Equal(t, errGaveUp, c.cond.WaitFor(endedContext(t), func() bool { assert.Fail(t, "asked"); return true }), "WaitFor")
			synctest.Wait()
		}
		assert.False(t, entered.Load(), "another had the lock meanwhile")
		c.lock.Unlock()
	})
}

// What waited in one bubble leaves nothing behind that would crash the next, or
// wake somebody there.
func TestConditionOfTwoBubbles(t *testing.T) {
	c := newCrew()
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			c.join(ctx, 0)
			c.lock.Lock()
			cancel(errGaveUp)
			c.cond.Notify(1)
			c.lock.Unlock()
			synctest.Wait()
			c.lock.Lock()
			assert.Equal(t, errGaveUp, c.cond.Wait(within(t, time.Second)), "Wait")
			c.lock.Unlock()
		})
	}
}

// As many return nil as were notified, whoever gives up meanwhile.
func TestConditionStorm(t *testing.T) {
	c := newCrew()
	waiting, promised, notified, quit := 0, 0, 0, 0
	ended := 0
	const goroutines, rounds = 6, 1500
	var wg sync.WaitGroup
	for id := range goroutines {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(id), 5))
			for range rounds {
				ctx, cancel := context.WithCancel(context.Background())
				c.lock.Lock()
				if random.IntN(2) == 0 {
					go cancel()
				}
				waiting++
				if c.cond.Wait(ctx) == nil {
					notified++
				} else {
					waiting--
					quit++
				}
				c.lock.Unlock()
				cancel()
			}
			c.lock.Lock()
			ended++
			c.lock.Unlock()
		})
	}
	for {
		c.lock.Lock()
		// Those whose context has ended, but who did not have the lock since, still
		// wait: they are notified.
		if n := min(waiting, 2); n > 0 {
			c.cond.Notify(n)
			promised += n
			waiting -= n
		}
		over := ended == goroutines
		c.lock.Unlock()
		if over {
			break
		}
		runtime.Gosched()
	}
	wg.Wait()
	assert.Equal(t, goroutines*rounds, notified+quit, "ended")
	assert.Equal(t, promised, notified, "notified")
	assert.NotZero(t, notified, "not much of a storm")
	assert.NotZero(t, quit, "not much of a storm")
}
