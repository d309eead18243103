package concurrent_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/concurrent"
)

// A logbook is when things happened, in seconds since the test began.
type logbook struct {
	begin time.Time

	mu    sync.Mutex
	lines []string
}

func newLogbook() *logbook { return &logbook{begin: time.Now()} }

func (l *logbook) note(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprint(time.Since(l.begin).Seconds(), " ", what))
}

func (l *logbook) check(t *testing.T, want ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	assert.Equal(t, want, l.lines, "what happened")
}

func TestTimer(t *testing.T) {
	bubble(t, "calls once, in its time", func(t *testing.T) {
		l := newLogbook()
		timer := concurrent.NewTimer(2*time.Second, func() { l.note("called") })
		time.Sleep(time.Second)
		timer.Start()
		assert.NoError(t, timer.Join(t.Context()), "join")
		l.check(t, "3 called")
		time.Sleep(time.Hour)
		l.check(t, "3 called")
		for range 2 {
			assert.False(t, timer.Cancel(), "cancel")
			assert.NoError(t, timer.Join(t.Context()), "join")
		}
	})
	for _, d := range []time.Duration{0, -time.Hour} {
		bubble(t, fmt.Sprint("at once, ", d), func(t *testing.T) {
			l := newLogbook()
			timer := concurrent.NewTimer(d, func() { l.note("called") })
			timer.Start()
			assert.NoError(t, timer.Join(t.Context()), "join")
			l.check(t, "0 called")
		})
	}
	bubble(t, "canceled in time", func(t *testing.T) {
		timer := concurrent.NewTimer(2*time.Second, func() { assert.Fail(t, "called") })
		timer.Start()
		time.Sleep(time.Second)
		for range 2 {
			assert.True(t, timer.Cancel(), "cancel")
			assert.NoError(t, timer.Join(t.Context()), "join")
		}
		time.Sleep(time.Hour)
		misuse(t, "Start", timer.Start)
	})
	bubble(t, "canceled before it was started", func(t *testing.T) {
		timer := concurrent.NewTimer(time.Second, func() { assert.Fail(t, "called") })
		assert.True(t, timer.Cancel(), "cancel")
		assert.NoError(t, timer.Join(t.Context()), "join")
		timer.Start()
		time.Sleep(time.Hour)
		assert.True(t, timer.Cancel(), "cancel")
		misuse(t, "Start", timer.Start)
	})
	bubble(t, "canceled too late", func(t *testing.T) {
		l := newLogbook()
		timer := concurrent.NewTimer(time.Second, func() {
			time.Sleep(time.Second)
			l.note("ends")
		})
		timer.Start()
		time.Sleep(1500 * time.Millisecond)
		assert.False(t, timer.Cancel(), "cancel")
		assert.NoError(t, timer.Join(t.Context()), "join")
		l.note("joined")
		assert.False(t, timer.Cancel(), "cancel")
		l.check(t, "2 ends", "2 joined")
	})
	bubble(t, "canceled by itself", func(t *testing.T) {
		var timer *concurrent.Timer
		timer = concurrent.NewTimer(time.Second, func() { assert.False(t, timer.Cancel(), "cancel") })
		timer.Start()
		assert.NoError(t, timer.Join(t.Context()), "join")
	})
	bubble(t, "join gives up", func(t *testing.T) {
		timer := concurrent.NewTimer(time.Minute, func() {})
		assert.Equal(t, errGaveUp, timer.Join(within(t, time.Second)), "not started")
		timer.Start()
		assert.Equal(t, errGaveUp, timer.Join(within(t, time.Second)), "started")
		assert.NoError(t, timer.Join(t.Context()), "join")
		assert.Equal(t, errGaveUp, timer.Join(endedContext(t)), "over, but")
	})
	bubble(t, "goexit", func(t *testing.T) {
		timer := concurrent.NewTimer(0, runtime.Goexit)
		timer.Start()
		assert.NoError(t, timer.Join(t.Context()), "join")
	})
	bubble(t, "two know nothing of each other", func(t *testing.T) {
		l := newLogbook()
		for i, d := range []time.Duration{2 * time.Second, time.Second} {
			concurrent.NewTimer(d, func() { l.note(fmt.Sprint("timer ", i)) }).Start()
		}
		time.Sleep(time.Minute)
		l.check(t, "1 timer 1", "2 timer 0")
	})
	bubble(t, "misuse", func(t *testing.T) {
		misuse(t, "NewTimer", func() { concurrent.NewTimer(0, nil) })
		timer := concurrent.NewTimer(0, func() {})
		timer.Start()
		misuse(t, "Start", timer.Start)
		misuse(t, "not made", new(concurrent.Timer).Start)
		assert.NoError(t, timer.Join(t.Context()), "join")
		misuse(t, "Start", timer.Start)
	})
}

// After Cancel has returned true f does not run; after it has returned false and
// Join has returned, f has run. Never both, never neither.
func TestTimerCancelRace(t *testing.T) {
	canceled := 0
	for i := range 2000 {
		var ran atomic.Bool
		timer := concurrent.NewTimer(time.Duration(i%20)*time.Microsecond, func() { ran.Store(true) })
		timer.Start()
		for range i % 50 {
			runtime.Gosched()
		}
		if timer.Cancel() {
			canceled++
			runtime.Gosched()
			assert.False(t, ran.Load(), "ran after it was canceled")
		} else {
			assert.NoError(t, timer.Join(t.Context()), "join")
			assert.True(t, ran.Load(), "ran")
		}
	}
	t.Log("canceled in time:", canceled)
}

func TestEvery(t *testing.T) {
	// How long calls take, and when they begin.
	for _, c := range []struct {
		name string
		take time.Duration
		want []string
	}{
		{"short calls", 0, []string{"2 call", "4 call", "6 call", "8 call", "10 call"}},
		{"no drift", 1900 * time.Millisecond, []string{"2 call", "4 call", "6 call", "8 call", "10 call"}},
		{"as long as the interval", 2 * time.Second, []string{"2 call", "4 call", "6 call", "8 call", "10 call"}},
		{"a little longer", 2001 * time.Millisecond, []string{"2 call", "6 call", "10 call"}},
		{"twice as long", 4 * time.Second, []string{"2 call", "6 call", "10 call"}},
		{"longer than twice", 5 * time.Second, []string{"2 call", "8 call"}},
	} {
		bubble(t, c.name, func(t *testing.T) {
			l := newLogbook()
			running := false
			timer := concurrent.Every(t.Context(), 2*time.Second, func(context.Context) {
				assert.False(t, running, "another call runs")
				running = true
				l.note("call")
				time.Sleep(c.take)
				running = false
			})
			time.Sleep(11 * time.Second)
			timer.Cancel()
			assert.NoError(t, timer.Join(t.Context()), "join")
			time.Sleep(time.Hour)
			l.check(t, c.want...)
		})
	}
	bubble(t, "one slow call", func(t *testing.T) {
		l := newLogbook()
		take := []time.Duration{0, 2500 * time.Millisecond, 0, 0}
		timer := concurrent.Every(t.Context(), time.Second, func(context.Context) {
			l.note("call")
			time.Sleep(take[0])
			take = take[1:]
		})
		time.Sleep(6500 * time.Millisecond)
		assert.True(t, timer.Cancel(), "cancel")
		l.check(t, "1 call", "2 call", "5 call", "6 call")
	})
	bubble(t, "canceled between calls", func(t *testing.T) {
		calls := 0
		timer := concurrent.Every(t.Context(), time.Second, func(context.Context) { calls++ })
		time.Sleep(2500 * time.Millisecond)
		for range 2 {
			assert.True(t, timer.Cancel(), "cancel")
			assert.NoError(t, timer.Join(t.Context()), "join")
		}
		time.Sleep(time.Hour)
		assert.Equal(t, 2, calls, "calls")
	})
	bubble(t, "canceled before the first", func(t *testing.T) {
		timer := concurrent.Every(t.Context(), time.Second, func(context.Context) { assert.Fail(t, "called") })
		assert.True(t, timer.Cancel(), "cancel")
		assert.NoError(t, timer.Join(t.Context()), "join")
		time.Sleep(time.Hour)
	})
	bubble(t, "canceled while f runs", func(t *testing.T) {
		l := newLogbook()
		timer := concurrent.Every(t.Context(), time.Second, func(ctx context.Context) {
			time.Sleep(5 * time.Second)
			assert.NoError(t, ctx.Err(), "context") // Cancel does not reach f
			l.note("ends")
		})
		time.Sleep(2 * time.Second)
		assert.False(t, timer.Cancel(), "cancel")
		assert.False(t, timer.Cancel(), "cancel")
		assert.Equal(t, errGaveUp, timer.Join(within(t, time.Second)), "join")
		assert.NoError(t, timer.Join(t.Context()), "join")
		l.note("joined")
		assert.True(t, timer.Cancel(), "cancel")
		time.Sleep(time.Hour)
		l.check(t, "6 ends", "6 joined")
	})
	bubble(t, "ended by f", func(t *testing.T) {
		l := newLogbook()
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		timer := concurrent.Every(ctx, time.Second, func(context.Context) {
			l.note("call")
			if calls++; calls == 3 {
				cancel()
			}
		})
		assert.NoError(t, timer.Join(t.Context()), "join")
		l.note("joined")
		time.Sleep(time.Hour)
		l.check(t, "1 call", "2 call", "3 call", "3 joined")
	})
	bubble(t, "context ends between calls", func(t *testing.T) {
		l := newLogbook()
		timer := concurrent.Every(within(t, 2500*time.Millisecond), time.Second, func(context.Context) { l.note("call") })
		assert.NoError(t, timer.Join(t.Context()), "join")
		l.note("joined")
		assert.True(t, timer.Cancel(), "cancel")
		time.Sleep(time.Hour)
		l.check(t, "1 call", "2 call", "2.5 joined")
	})
	bubble(t, "context ends while f runs", func(t *testing.T) {
		l := newLogbook()
		timer := concurrent.Every(within(t, 2*time.Second), time.Second, func(ctx context.Context) {
			<-ctx.Done()
			assert.Equal(t, errGaveUp, context.Cause(ctx), "cause")
			time.Sleep(time.Second)
			l.note("ends")
		})
		assert.NoError(t, timer.Join(t.Context()), "join")
		l.note("joined")
		l.check(t, "3 ends", "3 joined")
	})
	bubble(t, "context ended on entry", func(t *testing.T) {
		timer := concurrent.Every(endedContext(t), time.Nanosecond, func(context.Context) { assert.Fail(t, "called") })
		assert.NoError(t, timer.Join(t.Context()), "join")
		time.Sleep(time.Hour)
	})
	bubble(t, "goexit ends one call", func(t *testing.T) {
		calls := 0
		timer := concurrent.Every(t.Context(), time.Second, func(context.Context) {
			calls++
			runtime.Goexit()
		})
		time.Sleep(3500 * time.Millisecond)
		assert.True(t, timer.Cancel(), "cancel")
		assert.Equal(t, 3, calls, "calls")
	})
	bubble(t, "misuse", func(t *testing.T) {
		f := func(context.Context) {}
		misuse(t, "want more than 0", func() { concurrent.Every(t.Context(), 0, f) })
		misuse(t, "want more than 0", func() { concurrent.Every(t.Context(), -time.Second, f) })
		misuse(t, "nil", func() { concurrent.Every(t.Context(), time.Second, nil) })
		timer := concurrent.Every(t.Context(), time.Second, f)
		misuse(t, "Start", timer.Start)
		assert.True(t, timer.Cancel(), "cancel")
	})
}

// slowContext is a context whose news travels slowly: it has ended, but the
// functions that were registered with it are not called.
type slowContext struct {
	context.Context
	ended      atomic.Bool
	registered atomic.Int32
}

func (c *slowContext) Done() <-chan struct{} { return make(chan struct{}) }

func (c *slowContext) Err() error {
	if c.ended.Load() {
		return context.Canceled
	}
	return nil
}

func (c *slowContext) AfterFunc(func()) func() bool {
	c.registered.Add(1)
	return func() bool { return c.registered.Add(-1) == 0 }
}

func TestEveryAndItsContext(t *testing.T) {
	bubble(t, "no call begins after its end", func(t *testing.T) {
		ctx := &slowContext{Context: t.Context()}
		calls := 0
		timer := concurrent.Every(ctx, time.Second, func(context.Context) { calls++ })
		time.Sleep(1500 * time.Millisecond)
		ctx.ended.Store(true)
		assert.NoError(t, timer.Join(t.Context()), "join")
		assert.Equal(t, 1, calls, "calls")
	})
	bubble(t, "is left alone by a timer that is over", func(t *testing.T) {
		ctx := &slowContext{Context: t.Context()}
		timer := concurrent.Every(ctx, time.Second, func(context.Context) {})
		assert.Equal(t, int32(1), ctx.registered.Load(), "registered")
		timer.Cancel()
		synctest.Wait()
		assert.Zero(t, ctx.registered.Load(), "registered")
	})
}

// A Timer that no constructor made would keep Join waiting forever.
func TestTimerMisuse(t *testing.T) {
	const unmade = "concurrent: Timer not made by NewTimer or Every"
	var zero concurrent.Timer
	assert.PanicsWithValue(t, unmade, zero.Start)
	assert.PanicsWithValue(t, unmade, func() { zero.Cancel() })
	assert.PanicsWithValue(t, unmade, func() { _ = zero.Join(t.Context()) })
}
