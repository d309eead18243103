//go:build unix && !aix

package ioloop_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ioloop"
)

// A timerReference sets timers at random, and knows which of them are to come, and when at
// the earliest and at the latest. All of it is the loop's.
type timerReference struct {
	loop   *ioloop.Loop
	random *rand.Rand
	base   time.Time
	timers []*knownTimer
	orders int // how often a timer was set
	steps  int // that are left
	fault  string
	fired  int
	done   chan struct{}
}

type knownTimer struct {
	timer   *ioloop.Timer
	pending bool
	lo, hi  time.Time // it was set for a time between them; At says it exactly
	order   int
	turn    int64 // in which it was set: it fires in a later one
}

func (r *timerReference) wrong(format string, args ...any) {
	if r.fault == "" {
		r.fault = fmt.Sprintf(format, args...)
	}
}

// fire compares what fires with all that are to come.
func (r *timerReference) fire(k *knownTimer) {
	now, turn := time.Now(), r.loop.Stats().Turns
	switch {
	case !k.pending:
		r.wrong("timer %d fires though it was stopped, or has fired", k.order)
	case now.Before(k.lo):
		r.wrong("timer %d is %v early", k.order, k.lo.Sub(now))
	case k.turn == turn:
		r.wrong("timer %d fires in the turn in which it was set", k.order)
	}
	for _, o := range r.timers {
		if !o.pending || o == k || o.turn == turn {
			continue
		}
		exact := o.lo.Equal(o.hi) && k.lo.Equal(k.hi)
		if o.hi.Before(k.lo) || exact && o.lo.Equal(k.lo) && o.order < k.order {
			r.wrong("timer %d fires before timer %d, whose time is %v before", k.order, o.order, k.lo.Sub(o.hi))
		}
	}
	k.pending = false
	r.fired++
	for range r.random.IntN(3) {
		r.step()
	}
	r.end()
}

// step does something to one of the timers.
func (r *timerReference) step() {
	if r.steps == 0 {
		return
	}
	r.steps--
	i := r.random.IntN(len(r.timers))
	k := r.timers[i]
	d := time.Duration(r.random.IntN(5000)) * time.Microsecond
	if r.random.IntN(8) == 0 {
		d = -d
	}
	what := r.random.IntN(6)
	if what > 2 || k.timer == nil { // a new one takes its place
		if k.timer != nil && k.timer.Stop() != k.pending {
			r.wrong("Stop of timer %d, want %v", k.order, k.pending)
		}
		k.pending = false
		k = &knownTimer{}
		r.timers[i] = k
	}
	switch what {
	case 0:
		if k.timer != nil && k.timer.Stop() != k.pending {
			r.wrong("Stop of timer %d, want %v", k.order, k.pending)
		}
		k.pending = false
		return
	case 1, 2, 3:
		before := time.Now()
		if k.timer == nil {
			k.timer = r.loop.AfterFunc(d, func() { r.fire(k) })
		} else if k.timer.Reset(d) != k.pending {
			r.wrong("Reset of timer %d, want %v", k.order, k.pending)
		}
		k.lo, k.hi = before.Add(d), time.Now().Add(d)
	default: // often for the same time
		k.lo = r.base.Add(time.Since(r.base).Round(time.Millisecond) + d.Round(time.Millisecond))
		k.hi = k.lo
		k.timer = r.loop.At(k.lo, func() { r.fire(k) })
	}
	r.orders++
	k.pending, k.order, k.turn = true, r.orders, r.loop.Stats().Turns
}

// end tells when all has been done and no timer is to come.
func (r *timerReference) end() {
	if r.steps > 0 {
		return
	}
	for _, k := range r.timers {
		if k.pending {
			return
		}
	}
	select {
	case <-r.done:
	default:
		close(r.done)
	}
}

// On real pollers, and on a ring, no timer is early, and they fire in the order of their
// times and then of the calls, whatever is set, moved and stopped meanwhile.
func TestTimersAgainstReference(t *testing.T) {
	each(t, func(t *testing.T, l *ioloop.Loop) {
		seed := uint64(time.Now().UnixNano())
		t.Log("seed", seed)
		r := &timerReference{
			loop: l, random: rand.New(rand.NewPCG(seed, 1)), base: time.Now(), timers: make([]*knownTimer, 60),
			steps: effort.Times(1500, 600, 100_000), done: make(chan struct{}),
		}
		for i := range r.timers {
			r.timers[i] = &knownTimer{}
		}
		var driver *ioloop.Timer
		on(t, l, func() {
			driver = l.Every(500*time.Microsecond, func() {
				for range 5 {
					r.step()
				}
				r.end()
			})
		})
		for left := true; left; { // in turns that no timer has begun
			on(t, l, func() { r.step(); left = r.steps > 0 })
			time.Sleep(50 * time.Microsecond)
		}
		select {
		case <-r.done:
		case <-time.After(patience):
			require.Fail(t, "a timer does not fire")
		}
		on(t, l, func() { driver.Stop() })
		require.Empty(t, r.fault)
		require.Positive(t, r.fired)
		on(t, l, func() {})
		require.Zero(t, l.Stats().Timers)
	})
}
