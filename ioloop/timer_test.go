package ioloop_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// Timers fire at their time, to the nanosecond, in the order of time and then of calls.
func TestTimers(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		r := rand.New(rand.NewPCG(1, 2))
		began := time.Now()
		type fired struct {
			at    time.Duration
			order int
		}
		var want, got []fired
		for i := range 2000 {
			d := time.Duration(r.Int64N(1 << (1 + r.IntN(45))))
			if r.IntN(3) == 0 {
				d = d.Round(time.Second)
			}
			f := func() { got = append(got, fired{time.Since(began), i}) }
			if i%2 == 0 {
				l.AfterFunc(d, f)
			} else {
				l.At(began.Add(d), f)
			}
			want = append(want, fired{d, i})
		}
		require.Equal(t, 0, l.Stats().Timers, "it is counted in turns")
		slices.SortStableFunc(want, func(a, b fired) int { return int(max(-1, min(1, a.at-b.at))) })
		l.AfterFunc(1<<46, l.Stop)
		run(t, l)
		require.Equal(t, want, got)
	})
}

func TestTimerStopAndReset(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		began := time.Now()
		var fired []time.Duration
		timer := l.AfterFunc(time.Hour, func() { fired = append(fired, time.Since(began)) })
		require.True(t, timer.Stop())
		require.False(t, timer.Stop())
		require.False(t, timer.Reset(time.Minute))
		require.True(t, timer.Reset(time.Hour))
		require.True(t, timer.Reset(time.Second))
		var second *ioloop.Timer
		var pending []bool
		l.AfterFunc(time.Second, func() { pending = append(pending, second.Stop()) }) // due in this turn
		second = l.AfterFunc(time.Second, func() { pending = append(pending, false) })
		l.AfterFunc(2*time.Second, func() { pending = append(pending, timer.Stop(), timer.Reset(time.Second)) })
		l.AfterFunc(time.Minute, l.Stop)
		run(t, l)
		require.Equal(t, []bool{true, false, false}, pending)
		require.Equal(t, []time.Duration{time.Second, 3 * time.Second}, fired)
		l.AfterFunc(math.MaxInt64, func() {})
		l.AfterFunc(math.MinInt64, l.Stop)
		run(t, l)
		require.Zero(t, testing.AllocsPerRun(100, func() { timer.Reset(time.Hour) }))
	})
}

// Times that a turn has missed are left out, and the others do not drift.
func TestEvery(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		began := time.Now()
		var fired []time.Duration
		var timer *ioloop.Timer
		timer = l.Every(time.Second, func() {
			fired = append(fired, time.Since(began))
			switch len(fired) {
			case 2:
				time.Sleep(2500 * time.Millisecond)
			case 4:
				require.True(t, timer.Stop(), "the next one")
				l.AfterFunc(10*time.Second, l.Stop)
			}
		})
		run(t, l)
		require.Equal(t, []time.Duration{1e9, 2e9, 45e8, 5e9}, fired)
	})
}

// On a real poller, no timer is early.
func TestTimersAreNeverEarly(t *testing.T) {
	l, err := ioloop.New()
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	left, early := 100, 0
	for range left {
		d := time.Duration(rand.Int64N(20e6))
		at := time.Now().Add(d)
		l.AfterFunc(d, func() {
			if time.Now().Before(at) {
				early++
			}
			if left--; left == 0 {
				l.Stop()
			}
		})
	}
	require.NoError(t, l.Run(t.Context()))
	require.Zero(t, early)
}
