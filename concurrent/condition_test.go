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

	"github.com/fanfold/fanfold/concurrent"
)

// A crew is goroutines that wait for a condition; woken is the order in which
// they went on.
type crew struct {
	lock  concurrent.Lock
	cond  *concurrent.Condition
	woken []int
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
		err := c.cond.Wait(ctx)
		c.woken, c.errs = append(c.woken, name), append(c.errs, err)
		c.lock.Unlock()
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
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v went on, want %v", what, got, want)
		}
	}
	bubble(t, "lock_tests/ConditionTests/test_acquire", func(t *testing.T) {
		c := newCrew()
		c.lock.Lock()
		want(t, "TryLock while it is held", c.lock.TryLock(), false)
		want(t, "Wait", c.cond.Wait(within(t, time.Second)), errGaveUp)
		want(t, "TryLock after Wait", c.lock.TryLock(), false)
		c.lock.Unlock()
		want(t, "TryLock after Unlock", c.lock.TryLock(), true)
	})
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
			wantWoken(t, "after Notify(3) again", c.notify(3), 0, 1, 2, 0, 3, 4)
			wantWoken(t, "after NotifyAll", c.notify(-1), 0, 1, 2, 0, 3, 4, 1, 2)
			wantWoken(t, "after NotifyAll of nobody", c.notify(-1), 0, 1, 2, 0, 3, 4, 1, 2)
		}
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
		want(t, "gave up", len(c.errs), 5)
		for _, err := range c.errs {
			want(t, "Wait", err, errGaveUp)
		}
		want(t, "time it took", time.Since(start), time.Second)
	})
	bubble(t, "lock_tests/ConditionTests/test_waitfor", func(t *testing.T) {
		c := newCrew()
		state, asked := 0, 0
		got := make(chan error, 1)
		go func() {
			c.lock.Lock()
			defer c.lock.Unlock()
			err := c.cond.WaitFor(t.Context(), func() bool { asked++; return state == 4 })
			want(t, "state", state, 4)
			got <- err
		}()
		for range 4 {
			time.Sleep(time.Millisecond)
			c.lock.Lock()
			state++
			c.cond.Notify(1)
			c.lock.Unlock()
		}
		want(t, "WaitFor", <-got, nil)
		want(t, "times asked", asked, 5)
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
			want(t, "time it took", time.Since(start), time.Second)
			got <- err
		}()
		for range 3 {
			time.Sleep(time.Millisecond)
			c.lock.Lock()
			state++
			c.cond.Notify(1)
			c.lock.Unlock()
		}
		want(t, "WaitFor", <-got, errGaveUp)
	})

	bubble(t, "test_locks/ConditionTests/test_wait", func(t *testing.T) {
		c := newCrew()
		for i := range 3 {
			c.join(t.Context(), i)
		}
		want(t, "held while they wait", c.lock.Locked(), false)
		c.lock.Lock()
		c.cond.Notify(1)
		synctest.Wait()
		wantWoken(t, "while the notifier holds the lock", c.woken)
		c.lock.Unlock()
		synctest.Wait()
		wantWoken(t, "after Notify(1)", c.woken, 0)
		wantWoken(t, "after Notify(2)", c.notify(2), 0, 1, 2)
		want(t, "held in the end", c.lock.Locked(), false)
	})
	bubble(t, "test_locks/ConditionTests/test_wait_cancel", func(t *testing.T) {
		c := newCrew()
		ctx, cancel := context.WithCancelCause(t.Context())
		c.lock.Lock()
		time.AfterFunc(time.Second, func() { cancel(errGaveUp) })
		want(t, "Wait", c.cond.Wait(ctx), errGaveUp)
		want(t, "held after", c.lock.Locked(), true)
		c.lock.Unlock()
		wantWoken(t, "after Notify of one who has left", c.notify(1))
		c.join(t.Context(), 1)
		wantWoken(t, "after Notify of another", c.notify(1), 1)
	})
	// The notification comes first, the end of the context before the lock is
	// free: the notification counts.
	contested := func(t *testing.T) {
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
		want(t, "Wait", c.errs[0], nil)
		wantWoken(t, "after Notify(1) again", c.notify(1), 0, 1)
	}
	bubble(t, "test_locks/ConditionTests/test_wait_cancel_contested", contested)
	bubble(t, "test_locks/ConditionTests/test_wait_cancel_after_notify", contested)
	t.Run("test_locks/ConditionTests/test_wait_unacquired", unacquired)
	bubble(t, "test_locks/ConditionTests/test_wait_for", func(t *testing.T) {
		c := newCrew()
		ready := false
		var done atomic.Bool
		go func() {
			c.lock.Lock()
			want(t, "WaitFor", c.cond.WaitFor(t.Context(), func() bool { return ready }), nil)
			c.lock.Unlock()
			done.Store(true)
		}()
		synctest.Wait()
		c.notify(1)
		want(t, "done before it holds", done.Load(), false)
		c.lock.Lock()
		ready = true
		c.lock.Unlock()
		c.notify(1)
		want(t, "done", done.Load(), true)
	})
	t.Run("test_locks/ConditionTests/test_wait_for_unacquired", unacquired)
	bubble(t, "test_locks/ConditionTests/test_notify", func(t *testing.T) {
		c := newCrew()
		for i := range 3 {
			c.join(t.Context(), i)
		}
		wantWoken(t, "after Notify(0)", c.notify(0))
		wantWoken(t, "after Notify(1)", c.notify(1), 0)
		wantWoken(t, "after Notify(2048)", c.notify(2048), 0, 1, 2)
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
	bubble(t, "test_locks/ConditionTests/test_context_manager", func(t *testing.T) {
		c := newCrew()
		func() {
			defer func() { want(t, "panic", recover(), any("pred")) }()
			c.lock.Lock()
			defer c.lock.Unlock()
			_ = c.cond.WaitFor(t.Context(), func() bool { panic("pred") })
		}()
		want(t, "held after a panic of pred", c.lock.Locked(), false)
	})
	bubble(t, "test_locks/ConditionTests/test_explicit_lock", func(t *testing.T) {
		// Two conditions of one lock do not wake each other's.
		c := newCrew()
		other := concurrent.NewCondition(&c.lock)
		c.join(t.Context(), 0)
		c.lock.Lock()
		other.NotifyAll()
		c.lock.Unlock()
		synctest.Wait()
		wantWoken(t, "after a Notify of another", c.woken)
		wantWoken(t, "after Notify", c.notify(1), 0)
	})
	bubble(t, "test_locks/ConditionTests/test_timeout_in_block", func(t *testing.T) {
		c := newCrew()
		c.lock.Lock()
		defer c.lock.Unlock()
		want(t, "Wait", c.cond.Wait(within(t, time.Second)), errGaveUp)
	})
	bubble(t, "test_locks/ConditionTests/test_cancelled_error_wakeup", func(t *testing.T) {
		c := newCrew()
		c.lock.Lock()
		defer c.lock.Unlock()
		want(t, "WaitFor", c.cond.WaitFor(within(t, time.Second), func() bool { return false }), errGaveUp)
	})
	// What holds when the lock is held again is success, whatever woke.
	bubble(t, "test_locks/ConditionTests/test_cancelled_error_re_aquire", func(t *testing.T) {
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
			want(t, "WaitFor", <-got, nil)
		}
	})
	consumers := func(t *testing.T) {
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
			cancel()
			c.lock.Unlock()
			synctest.Wait()
			want(t, "items taken", taken, 1)
			stop()
			wg.Wait()
		}
	}
	bubble(t, "test_locks/ConditionTests/test_cancelled_wakeup", consumers)
	bubble(t, "test_locks/ConditionTests/test_cancelled_wakeup_relock", consumers)
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
			want(t, "Wait", c.cond.Wait(endedContext(t)), errGaveUp)
			want(t, "WaitFor", c.cond.WaitFor(endedContext(t), func() bool { t.Error("asked"); return true }), errGaveUp)
			synctest.Wait()
		}
		want(t, "another had the lock meanwhile", entered.Load(), false)
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
			want(t, "Wait", c.cond.Wait(within(t, time.Second)), errGaveUp)
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
	want(t, "ended", notified+quit, goroutines*rounds)
	want(t, "notified", notified, promised)
	if notified == 0 || quit == 0 {
		t.Errorf("%d notified, %d gave up: not much of a storm", notified, quit)
	}
}
