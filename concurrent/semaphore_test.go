package concurrent_test

import (
	"context"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/concurrent"
)

// A semaphore is what both kinds can do.
type semaphore interface {
	Acquire(context.Context, int) error
	TryAcquire(int) bool
	Release(int)
	Value() int
}

// bothSemaphores runs a test over both kinds, each in a bubble.
func bothSemaphores(t *testing.T, name string, f func(*testing.T, func(int) semaphore)) {
	t.Run(name, func(t *testing.T) {
		bubble(t, "Semaphore", func(t *testing.T) {
			f(t, func(n int) semaphore { return concurrent.NewSemaphore(n) })
		})
		bubble(t, "BoundedSemaphore", func(t *testing.T) {
			f(t, func(n int) semaphore { return concurrent.NewBoundedSemaphore(n) })
		})
	})
}

// A line is goroutines that wait for a semaphore, in the order they came.
type line struct {
	t    *testing.T
	s    semaphore
	done []*atomic.Bool
	quit []context.CancelFunc
}

// join adds one who wants n permits, and returns when it has them or waits.
func (l *line) join(n int) {
	ctx, cancel := context.WithCancelCause(l.t.Context())
	done := new(atomic.Bool)
	l.done = append(l.done, done)
	l.quit = append(l.quit, func() { cancel(errGaveUp) })
	go func() {
		switch err := l.s.Acquire(ctx, n); err {
		case nil:
			done.Store(true)
		case errGaveUp:
		default:
			assert.NoError(l.t, err, "acquire")
		}
	}()
	synctest.Wait()
}

// have checks who has got permits: a digit for each, 1 for yes.
func (l *line) have(want string) {
	l.t.Helper()
	synctest.Wait()
	got := make([]byte, len(l.done))
	for i, done := range l.done {
		got[i] = '0'
		if done.Load() {
			got[i] = '1'
		}
	}
	assert.Equal(l.t, want, string(got), "who has permits")
}

// end makes everyone who still waits give up.
func (l *line) end() {
	for _, quit := range l.quit {
		quit()
	}
	synctest.Wait()
}

func TestConformanceSemaphore(t *testing.T) {
	t.Run("lock_tests/BaseSemaphoreTests/test_constructor", func(t *testing.T) {
		for _, n := range []int{-1, math.MinInt} {
			misuse(t, "NewSemaphore", func() { concurrent.NewSemaphore(n) })
			misuse(t, "NewBoundedSemaphore", func() { concurrent.NewBoundedSemaphore(n) })
		}
	})
	bothSemaphores(t, "lock_tests/BaseSemaphoreTests/test_acquire", func(t *testing.T, newSem func(int) semaphore) {
		for n := 1; n <= 2; n++ {
			s := newSem(n)
			for range n {
				assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
			}
			for range n {
				s.Release(1)
			}
			assert.Equal(t, n, s.Value(), "value")
		}
	})
	bothSemaphores(t, "lock_tests/BaseSemaphoreTests/test_acquire_destroy", func(t *testing.T, newSem func(int) semaphore) {
		assert.NoError(t, newSem(1).Acquire(t.Context(), 1), "acquire")
		runtime.GC()
	})
	t.Run("test_threading/ThreadTests/test_BoundedSemaphore_limit", func(t *testing.T) {
		for limit := 1; limit < 10; limit++ {
			s := concurrent.NewBoundedSemaphore(limit)
			each(limit, func() { assert.NoError(t, s.Acquire(t.Context(), 1), "acquire") })
			each(limit, func() { s.Release(1) })
			misuse(t, "BoundedSemaphore", func() { s.Release(1) })
			assert.Equal(t, limit, s.Value(), "value")
		}
	})
	contended := func(together bool) func(*testing.T, func(int) semaphore) {
		return func(t *testing.T, newSem func(int) semaphore) {
			s := newSem(7)
			assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
			var got atomic.Int32
			for range 10 {
				go func() {
					for range 2 {
						assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
						got.Add(1)
					}
				}()
			}
			release := func(n int) {
				if together {
					s.Release(n)
					return
				}
				for range n {
					s.Release(1)
				}
			}
			synctest.Wait()
			assert.Equal(t, int32(6), got.Load(), "acquired at first")
			release(7)
			synctest.Wait()
			assert.Equal(t, int32(13), got.Load(), "acquired after 7 were released")
			release(6)
			synctest.Wait()
			assert.Equal(t, int32(19), got.Load(), "acquired after 6 were released")
			assert.False(t, s.TryAcquire(1), "still locked")
			release(1)
			synctest.Wait()
			assert.Equal(t, int32(20), got.Load(), "acquired in the end")
		}
	}
	bothSemaphores(t, "lock_tests/BaseSemaphoreTests/test_acquire_contended", contended(false))
	bothSemaphores(t, "lock_tests/BaseSemaphoreTests/test_multirelease", contended(true))
	bothSemaphores(t, "lock_tests/BaseSemaphoreTests/test_try_acquire", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(2)
		assert.True(t, s.TryAcquire(1), "first")
		assert.True(t, s.TryAcquire(1), "second")
		assert.False(t, s.TryAcquire(1), "third")
		s.Release(1)
		assert.True(t, s.TryAcquire(1), "after Release")
	})
	bothSemaphores(t, "lock_tests/BaseSemaphoreTests/test_try_acquire_contended", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(4)
		assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
		var got atomic.Int32
		for range 10 {
			go func() {
				if s.TryAcquire(1) {
					got.Add(1)
				}
			}()
		}
		synctest.Wait()
		assert.Equal(t, int32(3), got.Load(), "acquired")
	})
	bothSemaphores(t, "lock_tests/BaseSemaphoreTests/test_acquire_timeout", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(2)
		acquire := func() error { return s.Acquire(within(t, time.Second), 1) }
		assert.NoError(t, acquire(), "first")
		assert.NoError(t, acquire(), "second")
		assert.Equal(t, errGaveUp, acquire(), "third")
		s.Release(1)
		assert.NoError(t, acquire(), "after Release")
		begin := time.Now()
		assert.Equal(t, errGaveUp, acquire(), "and another")
		assert.Equal(t, time.Second, time.Since(begin), "time it took")
	})
	bothSemaphores(t, "lock_tests/BaseSemaphoreTests/test_with", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(2)
		with := func(f func()) {
			assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
			defer s.Release(1)
			f()
		}
		twice := func(inside func()) func() {
			return func() {
				with(func() {
					assert.True(t, s.TryAcquire(1), "second")
					s.Release(1)
					with(func() {
						assert.False(t, s.TryAcquire(1), "third")
						inside()
					})
				})
			}
		}
		twice(func() {})()
		assert.Equal(t, 2, s.Value(), "value")
		assert.PanicsWithValue(t, "inside", twice(func() { panic("inside") }))
		assert.Equal(t, 2, s.Value(), "value after a panic")
	})
	t.Run("lock_tests/SemaphoreTests/test_release_unacquired", func(t *testing.T) {
		s := concurrent.NewSemaphore(1)
		s.Release(1)
		assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
		assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
		s.Release(1)
		assert.Equal(t, 1, s.Value(), "value")
	})
	t.Run("lock_tests/BoundedSemaphoreTests/test_release_unacquired", func(t *testing.T) {
		s := concurrent.NewBoundedSemaphore(1)
		misuse(t, "released more often", func() { s.Release(1) })
		assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
		s.Release(1)
		misuse(t, "released more often", func() { s.Release(1) })
		assert.Equal(t, 1, s.Value(), "value")
	})

	bothSemaphores(t, "test_locks/SemaphoreTests/test_initial_value_zero", func(t *testing.T, newSem func(int) semaphore) {
		assert.False(t, newSem(0).TryAcquire(1), "locked")
	})
	bothSemaphores(t, "test_locks/SemaphoreTests/test_semaphore", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(1)
		assert.Equal(t, 1, s.Value(), "value")
		assert.True(t, s.TryAcquire(1), "free")
	})
	t.Run("test_locks/SemaphoreTests/test_semaphore_value", func(t *testing.T) {
		misuse(t, "NewSemaphore", func() { concurrent.NewSemaphore(-1) })
	})
	t.Run("test_locks/SemaphoreTests/test_release_not_acquired", func(t *testing.T) {
		misuse(t, "released more often", func() { concurrent.NewBoundedSemaphore(1).Release(1) })
	})
	bothSemaphores(t, "test_locks/SemaphoreTests/test_release_no_waiters", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(1)
		assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
		assert.Zero(t, s.Value(), "locked")
		s.Release(1)
		assert.Equal(t, 1, s.Value(), "free")
	})
	bothSemaphores(t, "test_locks/SemaphoreTests/test_acquire", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(3)
		l := &line{t: t, s: s}
		for range 5 {
			l.join(1)
		}
		l.have("11100")
		assert.Zero(t, s.Value(), "value")
		s.Release(1)
		l.have("11110")
		l.join(1)
		s.Release(2)
		l.have("111111")
		assert.Zero(t, s.Value(), "value")
	})
	bothSemaphores(t, "test_locks/SemaphoreTests/test_acquire_cancel", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(1)
		assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
		assert.Equal(t, errGaveUp, s.Acquire(within(t, time.Second), 1), "acquire")
		s.Release(1)
		assert.True(t, s.TryAcquire(1), "nobody waits")
	})
	bothSemaphores(t, "test_locks/SemaphoreTests/test_acquire_cancel_before_awoken", func(t *testing.T, newSem func(int) semaphore) {
		for _, left := range []bool{true, false} {
			l := takenLine(t, newSem, 1, 1, 1, 1, 1)
			l.quit[0]()
			l.quit[1]()
			if left {
				synctest.Wait()
				l.s.Release(1)
				l.have("0010")
				l.end()
				continue
			}
			l.s.Release(1)
			// One who gives up may have got the permit first, but no more than one.
			synctest.Wait()
			got := 0
			for _, done := range l.done {
				if done.Load() {
					got++
				}
			}
			assert.Equal(t, 1, got, "who got it")
			assert.False(t, l.done[3].Load(), "the last")
			l.end()
		}
	})
	bothSemaphores(t, "test_locks/SemaphoreTests/test_acquire_hang", func(t *testing.T, newSem func(int) semaphore) {
		l := takenLine(t, newSem, 1, 1, 1)
		l.quit[0]()
		synctest.Wait()
		l.s.Release(1)
		l.have("01")
		assert.False(t, l.s.TryAcquire(1), "locked")
	})
	bothSemaphores(t, "test_locks/SemaphoreTests/test_acquire_fifo_order", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(1)
		var got []int // each in its turn, since there is one permit
		for i := range 3 {
			go func() {
				for round := range 2 {
					assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
					got = append(got, 10*round+i)
					time.Sleep(time.Second)
					s.Release(1)
				}
			}()
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, []int{0, 1, 2, 10, 11, 12}, got, "who got it")
	})
	bothSemaphores(t, "test_locks/SemaphoreTests/test_acquire_fifo_order_2", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(1)
		assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
		var got []int
		go func() {
			assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
			got = append(got, 2)
			s.Release(1) // and comes again, behind the other
			assert.NoError(t, s.Acquire(t.Context(), 1), "acquire again")
			got = append(got, 4)
		}()
		synctest.Wait()
		go func() {
			assert.NoError(t, s.Acquire(t.Context(), 1), "acquire")
			got = append(got, 3)
			s.Release(1)
		}()
		synctest.Wait()
		s.Release(1)
		synctest.Wait()
		assert.Equal(t, []int{2, 3, 4}, got, "who got it")
	})
	bothSemaphores(t, "test_locks/SemaphoreTests/test_acquire_fifo_order_3", func(t *testing.T, newSem func(int) semaphore) {
		l := takenLine(t, newSem, 2, 1, 1, 1)
		l.quit[0]()
		synctest.Wait()
		l.have("000")
		l.s.Release(1)
		l.have("010")
		l.s.Release(1)
		l.have("011")
	})
	t.Run("test_locks/SemaphoreTests/test_acquire_fifo_order_4", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := &line{t: t, s: concurrent.NewSemaphore(0)}
			l.join(1)
			l.s.Release(1) // more than the one who waits needs
			l.s.Release(1)
			l.s.Release(1)
			assert.Equal(t, 2, l.s.Value(), "value")
			assert.NoError(t, l.s.Acquire(t.Context(), 1), "acquire")
			l.join(1)
			l.have("11")
			assert.Zero(t, l.s.Value(), "value")
		})
	})
}

// takenLine returns a line before a semaphore whose permits are all taken.
func takenLine(t *testing.T, newSem func(int) semaphore, permits int, wants ...int) *line {
	l := &line{t: t, s: newSem(permits)}
	assert.True(t, l.s.TryAcquire(permits), "acquire")
	for _, n := range wants {
		l.join(n)
	}
	return l
}

func TestSemaphoreFairness(t *testing.T) {
	bothSemaphores(t, "who needs many is not overtaken", func(t *testing.T, newSem func(int) semaphore) {
		l := takenLine(t, newSem, 5, 5, 1)
		for range 4 {
			l.s.Release(1)
			l.have("00")
			assert.False(t, l.s.TryAcquire(1), "try")
		}
		assert.Equal(t, 4, l.s.Value(), "saved")
		l.s.Release(1)
		l.have("10")
		l.s.Release(5)
		l.have("11")
		assert.Equal(t, 4, l.s.Value(), "value")
	})
	bothSemaphores(t, "who gives up lets those behind pass", func(t *testing.T, newSem func(int) semaphore) {
		l := takenLine(t, newSem, 5, 5, 2, 2, 1)
		l.s.Release(3)
		l.have("0000")
		l.quit[0]()
		l.have("0100") // 2 of 3; then 2 of 1 do not fit, and 1 behind must wait
		assert.Equal(t, 1, l.s.Value(), "value")
		l.quit[2]()
		l.have("0101")
		assert.Zero(t, l.s.Value(), "value")
	})
	bothSemaphores(t, "who gives up in the middle", func(t *testing.T, newSem func(int) semaphore) {
		l := takenLine(t, newSem, 3, 1, 1, 1, 1)
		l.quit[1]()
		synctest.Wait()
		l.quit[3]()
		synctest.Wait()
		l.s.Release(1)
		l.have("1000")
		l.s.Release(1)
		l.have("1010")
		l.s.Release(1)
		assert.Equal(t, 1, l.s.Value(), "value")
		assert.True(t, l.s.TryAcquire(1), "nobody waits")
	})
	bothSemaphores(t, "one release for many", func(t *testing.T, newSem func(int) semaphore) {
		l := takenLine(t, newSem, 7, 1, 2, 3, 1)
		l.s.Release(6)
		l.have("1110")
		l.s.Release(1)
		l.have("1111")
	})
}

func TestSemaphoreSizes(t *testing.T) {
	bothSemaphores(t, "no permits wanted", func(t *testing.T, newSem func(int) semaphore) {
		l := takenLine(t, newSem, 1, 1)
		assert.NoError(t, l.s.Acquire(t.Context(), 0), "acquire")
		assert.True(t, l.s.TryAcquire(0), "try")
		l.s.Release(0)
		l.have("0")
		l.end()
	})
	bothSemaphores(t, "negative", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(1)
		for _, n := range []int{-1, math.MinInt} {
			misuse(t, "want 0 or more", func() { _ = s.Acquire(t.Context(), n) })
			misuse(t, "want 0 or more", func() { s.TryAcquire(n) })
			misuse(t, "want 0 or more", func() { s.Release(n) })
		}
		assert.Equal(t, 1, s.Value(), "value")
	})
	bothSemaphores(t, "all there can be", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(math.MaxInt)
		misuse(t, "Semaphore", func() { s.Release(1) })
		assert.Equal(t, math.MaxInt, s.Value(), "value")
		assert.True(t, s.TryAcquire(math.MaxInt), "try")
		assert.False(t, s.TryAcquire(1), "try")
		s.Release(math.MaxInt)
		assert.Equal(t, math.MaxInt, s.Value(), "value")
	})
	bubble(t, "too many while somebody waits", func(t *testing.T) {
		l := &line{t: t, s: concurrent.NewSemaphore(1)}
		l.join(2)
		misuse(t, "count", func() { l.s.Release(math.MaxInt) })
		l.have("0")
		l.s.Release(1)
		l.have("1")
	})
	bubble(t, "zero value", func(t *testing.T) {
		var s concurrent.Semaphore
		assert.Zero(t, s.Value(), "value")
		l := &line{t: t, s: &s}
		l.join(2)
		s.Release(3)
		l.have("1")
		assert.Equal(t, 1, s.Value(), "value")
	})
}

func TestSemaphoreContext(t *testing.T) {
	bothSemaphores(t, "ended on entry", func(t *testing.T, newSem func(int) semaphore) {
		s := newSem(1)
		for _, n := range []int{0, 1} {
			assert.Equal(t, errGaveUp, s.Acquire(endedContext(t), n), "acquire")
		}
		assert.Equal(t, 1, s.Value(), "value")
	})
	bothSemaphores(t, "a permit that is granted is kept", func(t *testing.T, newSem func(int) semaphore) {
		for range 200 {
			l := takenLine(t, newSem, 1, 1)
			l.s.Release(1)
			l.quit[0]()
			l.have("1")
			l.s.Release(1)
			assert.Equal(t, 1, l.s.Value(), "value")
		}
	})
	bothSemaphores(t, "success wins", func(t *testing.T, newSem func(int) semaphore) {
		for range 64 {
			l := takenLine(t, newSem, 2)
			ctx := newLateContext(t, func() {
				l.join(1)
				l.s.Release(1)
			})
			assert.NoError(t, l.s.Acquire(ctx, 1), "acquire")
			l.have("0")
			l.s.Release(1)
			l.have("1")
			assert.Zero(t, l.s.Value(), "value")
		}
	})
}

func TestSemaphoreCost(t *testing.T) {
	s, b := concurrent.NewSemaphore(3), concurrent.NewBoundedSemaphore(3)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := testing.AllocsPerRun(100, func() {
		_, _ = s.Acquire(ctx, 2), b.Acquire(ctx, 2)
		s.Release(2)
		b.Release(2)
	})
	assert.Zero(t, n, "allocations of acquiring what is free")
}

func BenchmarkSemaphore(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for _, c := range []struct {
		name string
		s    semaphore
	}{{"Semaphore", concurrent.NewSemaphore(2)}, {"BoundedSemaphore", concurrent.NewBoundedSemaphore(2)}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				_ = c.s.Acquire(ctx, 1)
				c.s.Release(1)
			}
		})
	}
}
