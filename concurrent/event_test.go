package concurrent_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

func TestConformanceEvent(t *testing.T) {
	t.Run("lock_tests/EventTests/test_is_set", func(t *testing.T) {
		var e concurrent.Event
		assert.False(t, e.IsSet(), "new")
		for range 2 {
			e.Set()
			assert.True(t, e.IsSet(), "set")
		}
		for range 2 {
			e.Clear()
			assert.False(t, e.IsSet(), "cleared")
		}
	})
	bubble(t, "lock_tests/EventTests/test_notify", func(t *testing.T) {
		var e concurrent.Event
		for range 2 {
			var first, second atomic.Int32
			for range 5 {
				go func() {
					assert.NoError(t, e.Wait(t.Context()), "first wait")
					first.Add(1)
					assert.NoError(t, e.Wait(t.Context()), "second wait")
					second.Add(1)
				}()
			}
			synctest.Wait()
			assert.Zero(t, first.Load(), "released before Set")
			e.Set()
			synctest.Wait()
			assert.Equal(t, int32(5), first.Load(), "released once")
			assert.Equal(t, int32(5), second.Load(), "released twice")
			e.Clear() // another time, after an explicit Clear
		}
	})
	bubble(t, "lock_tests/EventTests/test_timeout", func(t *testing.T) {
		var e concurrent.Event
		for _, set := range []bool{false, true} {
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					assert.Equal(t, set, e.IsSet(), "wait for no time")
					begin := time.Now()
					err := e.Wait(within(t, time.Second))
					if set {
						assert.NoError(t, err, "wait for a set event")
						assert.Zero(t, time.Since(begin), "time it took")
					} else {
						assert.Equal(t, errGaveUp, err, "wait for an event that is not set")
						assert.Equal(t, time.Second, time.Since(begin), "time it took")
					}
				})
			}
			wg.Wait()
			e.Set()
		}
	})
	bubble(t, "lock_tests/EventTests/test_set_and_clear", func(t *testing.T) {
		var e concurrent.Event
		var released atomic.Int32
		for range 5 {
			go func() {
				assert.NoError(t, e.Wait(t.Context()), "wait")
				released.Add(1)
			}()
		}
		synctest.Wait()
		e.Set()
		e.Clear()
		assert.False(t, e.IsSet(), "cleared")
		synctest.Wait()
		assert.Equal(t, int32(5), released.Load(), "released")
		assert.Equal(t, errGaveUp, e.Wait(within(t, time.Second)), "wait after Clear")
	})

	bubble(t, "test_locks/EventTests/test_wait", func(t *testing.T) {
		var e concurrent.Event
		assert.False(t, e.IsSet(), "new")
		var released atomic.Int32
		wait := func() {
			assert.NoError(t, e.Wait(t.Context()), "wait")
			released.Add(1)
		}
		go wait()
		go wait()
		synctest.Wait()
		assert.Zero(t, released.Load(), "released")
		go wait()
		e.Set()
		synctest.Wait()
		assert.Equal(t, int32(3), released.Load(), "released")
	})
	t.Run("test_locks/EventTests/test_wait_on_set", func(t *testing.T) {
		var e concurrent.Event
		e.Set()
		assert.NoError(t, e.Wait(t.Context()), "wait")
	})
	bubble(t, "test_locks/EventTests/test_wait_cancel", func(t *testing.T) {
		var e concurrent.Event
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errGaveUp) })
		assert.Equal(t, errGaveUp, e.Wait(ctx), "wait")
	})
	t.Run("test_locks/EventTests/test_clear", func(t *testing.T) {
		var e concurrent.Event
		assert.False(t, e.IsSet(), "new")
		e.Set()
		assert.True(t, e.IsSet(), "set")
		e.Clear()
		assert.False(t, e.IsSet(), "cleared")
	})
	bubble(t, "test_locks/EventTests/test_clear_with_waiters", func(t *testing.T) {
		var e concurrent.Event
		var released atomic.Int32
		go func() {
			assert.NoError(t, e.Wait(t.Context()), "wait")
			released.Add(1)
		}()
		synctest.Wait()
		assert.Zero(t, released.Load(), "released before Set")
		e.Set()
		e.Clear()
		assert.False(t, e.IsSet(), "cleared")
		e.Set()
		e.Set()
		synctest.Wait()
		assert.Equal(t, int32(1), released.Load(), "released")
	})
}

func TestEventContext(t *testing.T) {
	t.Run("ended on entry", func(t *testing.T) {
		var e concurrent.Event
		assert.Equal(t, errGaveUp, e.Wait(endedContext(t)), "not set")
		e.Set()
		assert.Equal(t, errGaveUp, e.Wait(endedContext(t)), "set")
	})
	bubble(t, "success wins", func(t *testing.T) {
		for range 64 { // select takes either way
			var e concurrent.Event
			stays := make(chan error, 1)
			ctx := newLateContext(t, func() {
				e.Set()
				e.Clear()
				go func() { stays <- e.Wait(t.Context()) }()
				synctest.Wait()
			})
			assert.NoError(t, e.Wait(ctx), "wait")
			e.Set() // and whoever came after is not forgotten
			assert.NoError(t, <-stays, "wait")
		}
	})
	bubble(t, "set just before it parks", func(t *testing.T) {
		for n := 1; n <= 2; n++ {
			var e concurrent.Event
			assert.NoError(t, e.Wait(&askedContext{t.Context(), n, e.Set}), "wait")
		}
	})
	bubble(t, "who gives up leaves the others", func(t *testing.T) {
		var e concurrent.Event
		stays := make(chan error, 2)
		go func() { stays <- e.Wait(t.Context()) }()
		go func() { stays <- e.Wait(t.Context()) }()
		assert.Equal(t, errGaveUp, e.Wait(within(t, time.Second)), "gave up")
		assert.Equal(t, errGaveUp, e.Wait(within(t, time.Second)), "gave up")
		e.Set()
		assert.NoError(t, <-stays, "stayed")
		assert.NoError(t, <-stays, "stayed")
	})
}

// An event that nobody waits for any longer can be used in another bubble.
func TestEventLeavesTheBubble(t *testing.T) {
	var e concurrent.Event
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			assert.Equal(t, errGaveUp, e.Wait(within(t, time.Second)), "wait")
			time.AfterFunc(time.Second, e.Set)
			assert.NoError(t, e.Wait(t.Context()), "wait")
			e.Clear()
			each(3, func() { assert.Equal(t, errGaveUp, e.Wait(within(t, time.Second)), "wait") })
		})
	}
	go e.Set()
	assert.NoError(t, e.Wait(t.Context()), "wait outside")
}

// What is written before Set is seen after Wait, also when the event was set
// already and is cleared in between: no wake-up is lost.
func TestEventPublishes(t *testing.T) {
	const rounds = 10000
	var e concurrent.Event
	var x int64
	var mu sync.Mutex // orders nothing but x itself
	go func() {
		for range rounds {
			mu.Lock()
			x++
			mu.Unlock()
			e.Set()
		}
	}()
	for seen := int64(0); seen < rounds; {
		require.NoError(t, e.Wait(t.Context()))
		e.Clear()
		mu.Lock()
		seen = x
		mu.Unlock()
	}
}

// The same for the race detector, which must see that the write comes first.
func TestEventOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e concurrent.Event
		e.Set()
		x := 0
		go func() {
			x = 1
			e.Set()
		}()
		time.Sleep(time.Second)
		e.Clear()
		assert.Equal(t, 1, x, "x")
	})
}

func TestEventCost(t *testing.T) {
	var e concurrent.Event
	e.Set()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = e.Wait(ctx) }), "allocations of waiting for a set event")
}

func BenchmarkEventSet(b *testing.B) {
	var e concurrent.Event
	e.Set()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.Run("IsSet", func(b *testing.B) {
		for b.Loop() {
			e.IsSet()
		}
	})
	b.Run("Wait", func(b *testing.B) {
		for b.Loop() {
			_ = e.Wait(ctx)
		}
	})
}
