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

// each runs f in n goroutines and waits for them.
func each(n int, f func()) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(f)
	}
	wg.Wait()
}

// wantUnused checks that nobody waits at b and that it is not broken.
func wantUnused(t *testing.T, b *concurrent.Barrier) {
	t.Helper()
	assert.Zero(t, b.Waiting(), "waiting")
	assert.False(t, b.Broken(), "broken")
}

func TestConformanceBarrier(t *testing.T) {
	const n = 5
	t.Run("lock_tests/BarrierTests/test_constructor", barrierParties)
	multipass := func(passes int) func(*testing.T) {
		return func(t *testing.T) {
			b := concurrent.NewBarrier(n, nil)
			assert.Equal(t, n, b.Parties(), "parties")
			var begun, ended atomic.Int32
			each(n, func() {
				for i := range int32(passes) {
					begun.Add(1)
					assert.Equal(t, i*n, ended.Load(), "ended before all have begun")
					_, err := b.Wait(t.Context())
					assert.NoError(t, err, "wait")
					ended.Add(1)
					assert.Equal(t, (i+1)*n, begun.Load(), "begun")
					_, err = b.Wait(t.Context())
					assert.NoError(t, err, "wait")
				}
			})
			wantUnused(t, b)
		}
	}
	bubble(t, "lock_tests/BarrierTests/test_barrier", multipass(1))
	bubble(t, "lock_tests/BarrierTests/test_barrier_10", multipass(10))
	bubble(t, "lock_tests/BarrierTests/test_wait_return", barrierIndexes)
	bubble(t, "lock_tests/BarrierTests/test_action", func(t *testing.T) {
		var calls atomic.Int32
		b := concurrent.NewBarrier(n, func() { calls.Add(1) })
		each(n, func() {
			_, err := b.Wait(t.Context())
			assert.NoError(t, err, "wait")
			assert.Equal(t, int32(1), calls.Load(), "calls of the action")
		})
	})
	bubble(t, "lock_tests/BarrierTests/test_abort", barrierAbort)
	bubble(t, "lock_tests/BarrierTests/test_reset", func(t *testing.T) {
		b := concurrent.NewBarrier(n, nil)
		var passed, broken, again atomic.Int32
		each(n, func() {
			i, err := b.Wait(t.Context())
			assert.NoError(t, err, "wait")
			if i == n/2 {
				synctest.Wait() // for all others to be at the barrier
				assert.Equal(t, n-1, b.Waiting(), "waiting")
				b.Reset()
			} else if _, err := b.Wait(t.Context()); err == nil {
				passed.Add(1)
			} else {
				assert.Equal(t, concurrent.ErrBroken, err, "wait")
				broken.Add(1)
			}
			_, err = b.Wait(t.Context())
			assert.NoError(t, err, "wait after Reset")
			again.Add(1)
		})
		assert.Zero(t, passed.Load(), "passed")
		assert.Equal(t, int32(n-1), broken.Load(), "broken")
		assert.Equal(t, int32(n), again.Load(), "passed again")
	})
	bubble(t, "lock_tests/BarrierTests/test_abort_and_reset", barrierAbortAndReset)
	bubble(t, "lock_tests/BarrierTests/test_timeout", func(t *testing.T) {
		b := concurrent.NewBarrier(n, nil)
		var gaveUp, broken atomic.Int32
		each(n, func() {
			i, err := b.Wait(t.Context())
			assert.NoError(t, err, "wait")
			late := i == n/2
			if late {
				time.Sleep(2 * time.Second)
			}
			switch _, err = b.Wait(within(t, time.Second)); {
			case err == errGaveUp && !late:
				gaveUp.Add(1)
			default:
				assert.Equal(t, concurrent.ErrBroken, err, "wait")
				broken.Add(1)
			}
		})
		assert.Equal(t, int32(n), gaveUp.Load()+broken.Load(), "everybody")
		assert.NotZero(t, gaveUp.Load(), "gave up")
		assert.True(t, b.Broken(), "broken")
	})
	t.Run("lock_tests/BarrierTests/test_single_thread", barrierOfOne)

	t.Run("test_locks/BarrierTests/test_barrier_parties", barrierParties)
	bubble(t, "test_locks/BarrierTests/test_context_manager", barrierIndexes)
	t.Run("test_locks/BarrierTests/test_filling_one_task", barrierOfOne)
	bubble(t, "test_locks/BarrierTests/test_filling_one_task_twice", func(t *testing.T) {
		b := concurrent.NewBarrier(1, nil)
		each(2, func() {
			i, err := b.Wait(t.Context())
			assert.Zero(t, i, "index")
			assert.NoError(t, err, "wait")
		})
		wantUnused(t, b)
	})
	bubble(t, "test_locks/BarrierTests/test_filling_task_by_task", func(t *testing.T) {
		b := concurrent.NewBarrier(3, nil)
		var passed atomic.Int32
		for i := range 3 {
			assert.Equal(t, i, b.Waiting(), "waiting")
			assert.Zero(t, passed.Load(), "passed")
			go func() {
				index, err := b.Wait(t.Context())
				assert.Equal(t, i, index, "index")
				assert.NoError(t, err, "wait")
				passed.Add(1)
			}()
			synctest.Wait()
		}
		assert.Equal(t, int32(3), passed.Load(), "passed")
		wantUnused(t, b)
	})
	bubble(t, "test_locks/BarrierTests/test_filling_tasks_wait_twice", func(t *testing.T) {
		b := concurrent.NewBarrier(n, nil)
		var passed [2]atomic.Int32
		each(n, func() {
			for i := range passed {
				_, err := b.Wait(t.Context())
				assert.NoError(t, err, "wait")
				passed[i].Add(1)
			}
			assert.Equal(t, int32(n), passed[0].Load(), "passed once")
		})
		assert.Equal(t, int32(n), passed[1].Load(), "passed twice")
		wantUnused(t, b)
	})
	bubble(t, "test_locks/BarrierTests/test_filling_tasks_check_return_value", barrierIndexes)
	bubble(t, "test_locks/BarrierTests/test_blocking_tasks_while_draining", func(t *testing.T) {
		const rewait = 2
		b, others := concurrent.NewBarrier(n, nil), concurrent.NewBarrier(n-rewait, nil)
		var first atomic.Int32
		wait := func(b *concurrent.Barrier) {
			_, err := b.Wait(t.Context())
			assert.NoError(t, err, "wait")
		}
		each(n, func() {
			wait(b)
			if first.Add(1) > rewait {
				wait(others) // while some are at the first barrier again
			}
			wait(b)
		})
		wantUnused(t, b)
		wantUnused(t, others)
	})
	t.Run("test_locks/BarrierTests/test_reset_barrier", func(t *testing.T) {
		b := concurrent.NewBarrier(1, nil)
		b.Reset()
		wantUnused(t, b)
	})
	bubble(t, "test_locks/BarrierTests/test_reset_barrier_while_tasks_waiting", func(t *testing.T) {
		b := concurrent.NewBarrier(n, nil)
		time.AfterFunc(time.Second, b.Reset)
		each(n-1, func() {
			_, err := b.Wait(t.Context())
			assert.Equal(t, concurrent.ErrBroken, err, "wait")
		})
		wantUnused(t, b)
	})
	bubble(t, "test_locks/BarrierTests/test_reset_barrier_while_tasks_waiting_and_waiting_again", func(t *testing.T) {
		b := concurrent.NewBarrier(n, nil)
		time.AfterFunc(time.Second, func() {
			b.Reset()
			_, err := b.Wait(t.Context())
			assert.NoError(t, err, "wait of who reset")
		})
		each(n-1, func() {
			_, err := b.Wait(t.Context())
			assert.Equal(t, concurrent.ErrBroken, err, "wait")
			_, err = b.Wait(t.Context())
			assert.NoError(t, err, "wait again")
		})
		wantUnused(t, b)
	})
	t.Run("test_locks/BarrierTests/test_abort_barrier", func(t *testing.T) {
		b := concurrent.NewBarrier(1, nil)
		b.Abort()
		assert.Zero(t, b.Waiting(), "waiting")
		assert.True(t, b.Broken(), "broken")
		_, err := b.Wait(t.Context())
		assert.Equal(t, concurrent.ErrBroken, err, "wait")
	})
	bubble(t, "test_locks/BarrierTests/test_abort_barrier_when_exception", barrierAbort)
	bubble(t, "test_locks/BarrierTests/test_abort_barrier_when_exception_then_resetting", barrierAbortAndReset)
}

func barrierParties(t *testing.T) {
	for _, n := range []int{0, -1, -4} {
		misuse(t, "NewBarrier", func() { concurrent.NewBarrier(n, nil) })
	}
	misuse(t, "NewBarrier", func() { _, _ = new(concurrent.Barrier).Wait(t.Context()) })
}

func barrierOfOne(t *testing.T) {
	calls := 0
	for _, action := range []func(){nil, func() { calls++ }} {
		b := concurrent.NewBarrier(1, action)
		for range 2 {
			i, err := b.Wait(t.Context())
			assert.Zero(t, i, "index")
			assert.NoError(t, err, "wait")
		}
		wantUnused(t, b)
	}
	assert.Equal(t, 2, calls, "calls of the action")
}

// Every index is returned to one party, whoever runs the action gets the last.
func barrierIndexes(t *testing.T) {
	const n = 5
	for _, action := range []func(){nil, func() {}} {
		b := concurrent.NewBarrier(n, action)
		for range 3 {
			var mu sync.Mutex
			var got []int
			each(n, func() {
				i, err := b.Wait(t.Context())
				assert.NoError(t, err, "wait")
				mu.Lock()
				got = append(got, i)
				mu.Unlock()
			})
			slices.Sort(got)
			assert.Equal(t, []int{0, 1, 2, 3, 4}, got, "indexes")
		}
		wantUnused(t, b)
	}
}

// One party aborts instead of coming again.
func barrierAbort(t *testing.T) {
	const n = 5
	b := concurrent.NewBarrier(n, nil)
	var passed, broken atomic.Int32
	each(n, func() {
		i, err := b.Wait(t.Context())
		assert.NoError(t, err, "wait")
		if i == n/2 {
			b.Abort()
			return
		}
		switch _, err := b.Wait(t.Context()); err {
		case nil:
			passed.Add(1)
		case concurrent.ErrBroken:
			broken.Add(1)
		}
	})
	assert.Zero(t, passed.Load(), "passed")
	assert.Equal(t, int32(n-1), broken.Load(), "broken")
	assert.True(t, b.Broken(), "broken")
	assert.Zero(t, b.Waiting(), "waiting")
}

func barrierAbortAndReset(t *testing.T) {
	const n = 5
	b, sync := concurrent.NewBarrier(n, nil), concurrent.NewBarrier(n, nil)
	var broken, again atomic.Int32
	each(n, func() {
		i, err := b.Wait(t.Context())
		assert.NoError(t, err, "wait")
		if i == n/2 {
			b.Abort()
		} else if _, err = b.Wait(t.Context()); err == concurrent.ErrBroken {
			broken.Add(1)
		}
		// All must have left before one resets, and none come before it has.
		if i, _ := sync.Wait(t.Context()); i == n/2 {
			b.Reset()
		}
		_, _ = sync.Wait(t.Context())
		_, err = b.Wait(t.Context())
		assert.NoError(t, err, "wait after Reset")
		again.Add(1)
	})
	assert.Equal(t, int32(n-1), broken.Load(), "broken")
	assert.Equal(t, int32(n), again.Load(), "passed again")
	wantUnused(t, b)
}

func TestBarrierContext(t *testing.T) {
	bubble(t, "ended on entry", func(t *testing.T) {
		b := concurrent.NewBarrier(2, nil)
		result := make(chan error)
		go func() {
			_, err := b.Wait(t.Context())
			result <- err
		}()
		synctest.Wait()
		_, err := b.Wait(endedContext(t))
		assert.Equal(t, errGaveUp, err, "who does not come")
		assert.Equal(t, concurrent.ErrBroken, <-result, "who came")
		_, err = b.Wait(endedContext(t))
		assert.Equal(t, errGaveUp, err, "who does not come to a broken barrier")
		b.Reset()
		_, err = b.Wait(endedContext(t))
		assert.Equal(t, errGaveUp, err, "who does not come first")
		assert.True(t, b.Broken(), "broken")
	})
	bubble(t, "alone", func(t *testing.T) {
		b := concurrent.NewBarrier(2, nil)
		begin := time.Now()
		_, err := b.Wait(within(t, time.Second))
		assert.Equal(t, errGaveUp, err, "wait")
		assert.Equal(t, time.Second, time.Since(begin), "time it took")
		assert.True(t, b.Broken(), "broken")
	})
	bubble(t, "shared", func(t *testing.T) {
		for range 50 {
			b := concurrent.NewBarrier(5, nil)
			ctx := within(t, time.Second)
			each(4, func() {
				_, err := b.Wait(ctx)
				assert.Equal(t, errGaveUp, err, "wait")
			})
		}
	})
	bubble(t, "success wins", func(t *testing.T) {
		for range 64 {
			b := concurrent.NewBarrier(2, nil)
			ctx := newLateContext(t, func() {
				_, err := b.Wait(t.Context())
				assert.NoError(t, err, "last")
			})
			_, err := b.Wait(ctx)
			assert.NoError(t, err, "first")
			wantUnused(t, b)
		}
	})
}

// A barrier that nobody waits at any longer can be used in another bubble.
func TestBarrierLeavesTheBubble(t *testing.T) {
	b := concurrent.NewBarrier(2, nil)
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			_, err := b.Wait(within(t, time.Second))
			assert.Equal(t, errGaveUp, err, "wait")
			b.Reset()
			each(2, func() {
				_, err := b.Wait(t.Context())
				assert.NoError(t, err, "wait")
			})
		})
	}
}

// party waits at b in a goroutine of its own, and reports a panic or an end of the
// goroutine as its outcome too.
func party(ctx context.Context, b *concurrent.Barrier) <-chan any {
	outcome := make(chan any, 1)
	go func() {
		var result any = "goexit"
		defer func() {
			if v := recover(); v != nil {
				result = v
			}
			outcome <- result
		}()
		i, err := b.Wait(ctx)
		if result = err; err == nil {
			result = i
		}
	}()
	return outcome
}

func TestBarrierAction(t *testing.T) {
	bubble(t, "before anyone is released", func(t *testing.T) {
		var done atomic.Bool
		var b *concurrent.Barrier
		b = concurrent.NewBarrier(3, func() {
			assert.Equal(t, 3, b.Waiting(), "waiting")
			time.Sleep(time.Second)
			done.Store(true)
		})
		each(3, func() {
			_, err := b.Wait(t.Context())
			assert.NoError(t, err, "wait")
			assert.True(t, done.Load(), "action has run")
		})
	})
	for name, c := range map[string]struct {
		action func()
		want   any
	}{
		"panic":  {func() { panic("no") }, "no"},
		"goexit": {runtime.Goexit, "goexit"},
	} {
		bubble(t, name, func(t *testing.T) {
			fail := true
			b := concurrent.NewBarrier(2, func() {
				if fail {
					c.action()
				}
			})
			first := party(t.Context(), b)
			synctest.Wait()
			assert.Equal(t, c.want, <-party(t.Context(), b), "who ran it")
			assert.Equal(t, concurrent.ErrBroken, <-first, "who waited")
			assert.Equal(t, concurrent.ErrBroken, <-party(t.Context(), b), "who comes later")
			fail = false
			b.Reset()
			each(2, func() {
				_, err := b.Wait(t.Context())
				assert.NoError(t, err, "wait after Reset")
			})
		})
	}
	// While the action runs, which takes a second, something happens.
	for _, c := range []struct {
		name                    string
		happens                 func(*concurrent.Barrier)
		first, last, later      any
		broken, brokenMeanwhile bool
	}{
		{name: "nothing", happens: func(*concurrent.Barrier) {}, first: 0, last: 1, later: 0},
		{name: "abort", happens: (*concurrent.Barrier).Abort, first: concurrent.ErrBroken, last: concurrent.ErrBroken,
			later: concurrent.ErrBroken, broken: true, brokenMeanwhile: true},
		{name: "reset", happens: (*concurrent.Barrier).Reset, first: concurrent.ErrBroken, last: concurrent.ErrBroken, later: 0},
	} {
		bubble(t, c.name+" while it runs", func(t *testing.T) {
			b := concurrent.NewBarrier(2, func() { time.Sleep(time.Second) })
			first := party(t.Context(), b)
			synctest.Wait()
			last := party(t.Context(), b)
			synctest.Wait()
			assert.Equal(t, 2, b.Waiting(), "waiting")
			later := party(t.Context(), b) // not of this meeting
			synctest.Wait()
			assert.Equal(t, 2, b.Waiting(), "waiting")
			c.happens(b)
			assert.Equal(t, c.brokenMeanwhile, b.Broken(), "broken meanwhile")
			assert.Equal(t, c.first, <-first, "first")
			assert.Equal(t, c.last, <-last, "last")
			synctest.Wait()
			assert.Equal(t, c.broken, b.Broken(), "broken")
			if c.later == 0 {
				assert.Equal(t, 1, b.Waiting(), "waiting")
				assert.Equal(t, 1, <-party(t.Context(), b), "the other of the next meeting")
			}
			assert.Equal(t, c.later, <-later, "later")
		})
	}
	bubble(t, "one gives up while it runs", func(t *testing.T) {
		b := concurrent.NewBarrier(3, func() { time.Sleep(time.Minute) })
		begin := time.Now()
		stays := party(t.Context(), b)
		leaves := party(within(t, time.Second), b)
		synctest.Wait()
		runs := party(t.Context(), b)
		assert.Equal(t, errGaveUp, <-leaves, "gave up")
		assert.Equal(t, concurrent.ErrBroken, <-stays, "stayed")
		assert.Equal(t, time.Second, time.Since(begin), "time it took")
		assert.Equal(t, concurrent.ErrBroken, <-runs, "ran it")
		assert.Equal(t, time.Minute, time.Since(begin), "time it took")
		assert.True(t, b.Broken(), "broken")
	})
	// All who meet have come: whoever comes later breaks the next meeting.
	for name, entry := range map[string]func(t *testing.T, b *concurrent.Barrier) <-chan any{
		"waiting":  func(t *testing.T, b *concurrent.Barrier) <-chan any { return party(within(t, time.Second), b) },
		"on entry": func(t *testing.T, b *concurrent.Barrier) <-chan any { return party(endedContext(t), b) },
	} {
		bubble(t, "one of the next gives up while it runs, "+name, func(t *testing.T) {
			b := concurrent.NewBarrier(2, func() { time.Sleep(time.Minute) })
			first := party(t.Context(), b)
			synctest.Wait()
			last := party(t.Context(), b)
			synctest.Wait()
			next := party(t.Context(), b)
			assert.Equal(t, errGaveUp, <-entry(t, b), "gave up")
			assert.False(t, b.Broken(), "broken")
			assert.Equal(t, 0, <-first, "first")
			assert.Equal(t, 1, <-last, "last")
			assert.Equal(t, concurrent.ErrBroken, <-next, "next")
			assert.True(t, b.Broken(), "broken")
		})
	}
}

// Parties that meet, abort, reset and give up at any moment: none is left behind,
// the action runs once for all that pass together, and the barrier works in the
// end.
func TestBarrierStorm(t *testing.T) {
	const parties, enough = 4, 2000
	var actions, passes atomic.Int64
	b := concurrent.NewBarrier(parties, func() { actions.Add(1) })
	all, stop := context.WithCancel(t.Context())
	defer stop()
	each(parties, func() {
		random := rand.New(rand.NewPCG(rand.Uint64(), 3))
		for all.Err() == nil {
			ctx, cancel := context.WithCancel(all)
			switch random.IntN(40) {
			case 0:
				go cancel()
			case 1:
				b.Abort()
			}
			switch _, err := b.Wait(ctx); {
			case err != nil:
				b.Reset()
				runtime.Gosched() // lest everybody only resets
			case passes.Add(1) == enough:
				stop()
			}
			cancel()
		}
	})
	// A meeting that is broken while its action runs has one without passes.
	assert.LessOrEqual(t, passes.Load(), actions.Load()*parties, "passes, by the runs of the action")
	b.Reset()
	before := actions.Load()
	each(parties, func() {
		_, err := b.Wait(t.Context())
		assert.NoError(t, err, "wait in the end")
	})
	assert.Equal(t, before+1, actions.Load(), "actions")
}
