package concurrent_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

func TestLatch(t *testing.T) {
	bubble(t, "opens with the last count", func(t *testing.T) {
		l := concurrent.NewLatch(3)
		var passed atomic.Int32
		for range 4 {
			go func() {
				want(t, "wait", l.Wait(t.Context()), nil)
				passed.Add(1)
			}()
		}
		for left := 3; left > 0; left-- {
			want(t, "count", l.Count(), left)
			synctest.Wait()
			want(t, "passed early", passed.Load(), 0)
			l.CountDown()
		}
		synctest.Wait()
		want(t, "passed", passed.Load(), 4)
	})
	t.Run("open from the start", func(t *testing.T) {
		var zero concurrent.Latch
		for _, l := range []*concurrent.Latch{&zero, concurrent.NewLatch(0)} {
			want(t, "wait", l.Wait(t.Context()), nil)
			l.CountDown()
			want(t, "count", l.Count(), 0)
			want(t, "wait", l.Wait(t.Context()), nil)
		}
	})
	t.Run("stays open", func(t *testing.T) {
		l := concurrent.NewLatch(1)
		for range 3 {
			l.CountDown()
			want(t, "count", l.Count(), 0)
			want(t, "wait", l.Wait(t.Context()), nil)
		}
	})
	t.Run("context ended on entry", func(t *testing.T) {
		want(t, "closed", concurrent.NewLatch(1).Wait(endedContext(t)), errGaveUp)
		want(t, "open", concurrent.NewLatch(0).Wait(endedContext(t)), errGaveUp)
	})
	bubble(t, "giving up counts nothing", func(t *testing.T) {
		l := concurrent.NewLatch(1)
		want(t, "wait", l.Wait(within(t, time.Second)), errGaveUp)
		want(t, "count", l.Count(), 1)
		time.AfterFunc(time.Second, l.CountDown)
		want(t, "wait", l.Wait(t.Context()), nil)
	})
	bubble(t, "success wins", func(t *testing.T) {
		for range 64 {
			l := concurrent.NewLatch(1)
			want(t, "wait", l.Wait(newLateContext(t, l.CountDown)), nil)
		}
	})
	bubble(t, "opened just before it parks", func(t *testing.T) {
		for n := 1; n <= 3; n++ {
			l := concurrent.NewLatch(1)
			want(t, "wait", l.Wait(&askedContext{t.Context(), n, l.CountDown}), nil)
		}
	})
	t.Run("misuse", func(t *testing.T) {
		misuse(t, "NewLatch", func() { concurrent.NewLatch(-1) })
	})
}

// Many count at the same time: none is lost, none is counted twice.
func TestLatchStorm(t *testing.T) {
	const goroutines, rounds = 4, 100000
	l := concurrent.NewLatch(goroutines * rounds)
	extra := concurrent.NewLatch(rounds) // is counted more often than it needs
	var here atomic.Int32
	var wg concurrent.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for here.Add(1); here.Load() < goroutines; {
				runtime.Gosched()
			}
			for range rounds {
				l.CountDown()
				extra.CountDown()
			}
		})
	}
	want(t, "wait", l.Wait(t.Context()), nil)
	wg.Wait()
	want(t, "count", l.Count(), 0)
	want(t, "count", extra.Count(), 0)
}
