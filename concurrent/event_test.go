package concurrent_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

func TestConformanceEvent(t *testing.T) {
	t.Run("lock_tests/EventTests/test_is_set", func(t *testing.T) {
		var e concurrent.Event
		want(t, "new", e.IsSet(), false)
		for range 2 {
			e.Set()
			want(t, "set", e.IsSet(), true)
		}
		for range 2 {
			e.Clear()
			want(t, "cleared", e.IsSet(), false)
		}
	})
	bubble(t, "lock_tests/EventTests/test_notify", func(t *testing.T) {
		var e concurrent.Event
		for range 2 {
			var first, second atomic.Int32
			for range 5 {
				go func() {
					want(t, "first wait", e.Wait(t.Context()), nil)
					first.Add(1)
					want(t, "second wait", e.Wait(t.Context()), nil)
					second.Add(1)
				}()
			}
			synctest.Wait()
			want(t, "released before Set", first.Load(), 0)
			e.Set()
			synctest.Wait()
			want(t, "released once", first.Load(), 5)
			want(t, "released twice", second.Load(), 5)
			e.Clear() // another time, after an explicit Clear
		}
	})
	bubble(t, "lock_tests/EventTests/test_timeout", func(t *testing.T) {
		var e concurrent.Event
		for _, set := range []bool{false, true} {
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					begin := time.Now()
					err := e.Wait(within(t, time.Second))
					if set {
						want(t, "wait for a set event", err, nil)
						want(t, "time it took", time.Since(begin), 0)
					} else {
						want(t, "wait for an event that is not set", err, errGaveUp)
						want(t, "time it took", time.Since(begin), time.Second)
					}
				})
			}
			wg.Wait()
			e.Set()
		}
	})
	bubble(t, "lock_tests/EventTests/test_set_and_clear", setAndClear)

	bubble(t, "test_locks/EventTests/test_wait", func(t *testing.T) {
		var e concurrent.Event
		var released atomic.Int32
		wait := func() {
			want(t, "wait", e.Wait(t.Context()), nil)
			released.Add(1)
		}
		go wait()
		go wait()
		synctest.Wait()
		want(t, "released", released.Load(), 0)
		go wait()
		e.Set()
		synctest.Wait()
		want(t, "released", released.Load(), 3)
	})
	t.Run("test_locks/EventTests/test_wait_on_set", func(t *testing.T) {
		var e concurrent.Event
		e.Set()
		want(t, "wait", e.Wait(t.Context()), nil)
	})
	bubble(t, "test_locks/EventTests/test_wait_cancel", func(t *testing.T) {
		var e concurrent.Event
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errGaveUp) })
		want(t, "wait", e.Wait(ctx), errGaveUp)
	})
	t.Run("test_locks/EventTests/test_clear", func(t *testing.T) {
		var e concurrent.Event
		want(t, "new", e.IsSet(), false)
		e.Set()
		want(t, "set", e.IsSet(), true)
		e.Clear()
		want(t, "cleared", e.IsSet(), false)
	})
	bubble(t, "test_locks/EventTests/test_clear_with_waiters", setAndClear)
}

// Who waits is released by a Set that a Clear follows at once.
func setAndClear(t *testing.T) {
	var e concurrent.Event
	var released atomic.Int32
	for range 5 {
		go func() {
			want(t, "wait", e.Wait(t.Context()), nil)
			released.Add(1)
		}()
	}
	synctest.Wait()
	e.Set()
	e.Clear()
	want(t, "cleared", e.IsSet(), false)
	synctest.Wait()
	want(t, "released", released.Load(), 5)
	want(t, "wait after Clear", e.Wait(within(t, time.Second)), errGaveUp)
}

func TestEventContext(t *testing.T) {
	t.Run("ended on entry", func(t *testing.T) {
		var e concurrent.Event
		want(t, "not set", e.Wait(endedContext(t)), errGaveUp)
		e.Set()
		want(t, "set", e.Wait(endedContext(t)), errGaveUp)
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
			want(t, "wait", e.Wait(ctx), nil)
			e.Set() // and whoever came after is not forgotten
			want(t, "wait", <-stays, nil)
		}
	})
	bubble(t, "set just before it parks", func(t *testing.T) {
		for n := 1; n <= 2; n++ {
			var e concurrent.Event
			want(t, "wait", e.Wait(&askedContext{t.Context(), n, e.Set}), nil)
		}
	})
	bubble(t, "who gives up leaves the others", func(t *testing.T) {
		var e concurrent.Event
		stays := make(chan error, 2)
		go func() { stays <- e.Wait(t.Context()) }()
		go func() { stays <- e.Wait(t.Context()) }()
		want(t, "gave up", e.Wait(within(t, time.Second)), errGaveUp)
		want(t, "gave up", e.Wait(within(t, time.Second)), errGaveUp)
		e.Set()
		want(t, "stayed", <-stays, nil)
		want(t, "stayed", <-stays, nil)
	})
}

// An event that nobody waits for any longer can be used in another bubble.
func TestEventLeavesTheBubble(t *testing.T) {
	var e concurrent.Event
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			want(t, "wait", e.Wait(within(t, time.Second)), errGaveUp)
			time.AfterFunc(time.Second, e.Set)
			want(t, "wait", e.Wait(t.Context()), nil)
			e.Clear()
			each(3, func() { want(t, "wait", e.Wait(within(t, time.Second)), errGaveUp) })
		})
	}
	go e.Set()
	want(t, "wait outside", e.Wait(t.Context()), nil)
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
		if err := e.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
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
		want(t, "x", x, 1)
	})
}

func TestEventCost(t *testing.T) {
	var e concurrent.Event
	e.Set()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if n := testing.AllocsPerRun(100, func() { _ = e.Wait(ctx) }); n != 0 {
		t.Errorf("waiting for a set event allocates %v times", n)
	}
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
