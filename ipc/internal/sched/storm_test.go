package sched

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// check returns what is wrong with the books of s at a moment when no event is under way.
func (s *Scheduler[P]) check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	under := s.waiting.len()
	for c := s.waiting.first(); c != nil; c = callAt(c.place.Next()) {
		if c.worker != nil || c.state.Load() != queued {
			return errors.New("a call in line has a worker, or leads")
		}
	}
	for _, w := range s.workers {
		under += w.queue.len()
		in := func(list []*Worker[P]) int {
			return len(list) - len(slices.DeleteFunc(slices.Clone(list), func(v *Worker[P]) bool { return v == w }))
		}
		idle, n := 0, 0
		if w.phase == Serving && w.queue.len() == 0 {
			idle = 1
		}
		for c := w.queue.first(); c != nil; c = callAt(c.place.Next()) {
			if state := c.state.Load(); c.worker != w || state == settled || (state == leading) != (n == 0) {
				return fmt.Errorf("call %d of a worker that is %v is in state %d", n, w.phase, state)
			}
			n++
		}
		switch {
		case n != w.queue.len():
			return fmt.Errorf("a queue of %d calls has %d", w.queue.len(), n)
		case w.phase == Gone:
			return errors.New("a worker that is gone is there")
		case in(s.idle) != idle:
			return fmt.Errorf("a worker that is %v with %d calls is idle %d times", w.phase, n, in(s.idle))
		case (in(s.crew) == 1) != (w.phase == Serving), (in(s.spares) == 1) != (w.phase == Spare):
			return fmt.Errorf("a worker that is %v is %d times in the crew and %d times a spare", w.phase, in(s.crew), in(s.spares))
		case w.phase == Spare && n > 0, w.phase == Retiring && n == 0:
			return fmt.Errorf("a worker that is %v has %d calls", w.phase, n)
		}
	}
	switch {
	case len(s.crew) > s.size:
		return fmt.Errorf("%d workers serve, of %d", len(s.crew), s.size)
	case len(s.spares) > s.options.Spare:
		return fmt.Errorf("%d spares, of %d", len(s.spares), s.options.Spare)
	case under > s.calls:
		return fmt.Errorf("%d calls, and %d are in lines", s.calls, under)
	case s.waiting.len() > 0 && len(s.idle) > 0:
		return fmt.Errorf("%d calls wait, and %d workers are idle", s.waiting.len(), len(s.idle))
	case s.waiting.len() > 0 && len(s.crew) < s.size && len(s.spares) > 0:
		return fmt.Errorf("%d calls wait, and there are %d spares", s.waiting.len(), len(s.spares))
	case s.waiting.len() > 0 && len(s.crew) < s.size && s.starting == 0 && s.timers[retry] == nil:
		return fmt.Errorf("%d calls wait for %d workers of %d, and none is on its way", s.waiting.len(), len(s.crew), s.size)
	case s.stage == terminated && s.waiting.len() > 0:
		return fmt.Errorf("%d calls wait for nothing", s.waiting.len())
	}
	return nil
}

// TestStorm has everything happen at random, at any moment, and looks at the books after
// each event: each call ends once, with an end that what happened explains, and was not
// run twice; no worker has two leaders, no more serve than may, no call waits while a
// worker is idle, and nothing is left.
func TestStorm(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() {
		seeds = 40
	}
	var all Stats
	for seed := range seeds {
		bubble(t, func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d", seed)
				}
			}()
			s := storm(t, seed)
			all.Calls += s.Calls
			all.Spawned += s.Spawned
			all.Died += s.Died
			all.Killed += s.Killed
			all.Retried += s.Retried
			all.FailedStarts += s.FailedStarts
		})
	}
	t.Logf("%+v", all)
	require.NotZero(t, all.Died)
	require.NotZero(t, all.Killed)
	require.NotZero(t, all.Retried)
	require.NotZero(t, all.FailedStarts)
}

func storm(t *testing.T, seed uint64) Stats {
	r := rand.New(rand.NewPCG(seed, 1))
	some := func(n int) time.Duration { return time.Duration(1<<r.IntN(n)) * time.Microsecond }
	o := Options{Workers: 1 + r.IntN(4), Min: r.IntN(3), Spare: r.IntN(3), MaxCalls: int64(r.IntN(2) * r.IntN(20))}
	if o.Idle = -1; r.IntN(2) == 0 {
		o.Idle = some(16)
	}
	seldom := rand.New(rand.NewPCG(seed, 2))
	p := prepared(o, func(p *pool) {
		p.startTime, p.grace = some(14), some(12)
		p.fails = func(n int) bool { return n > 0 && seldom.IntN(8) == 0 }
		p.made = func(f *process) {
			f.full = f.id > 0 && seldom.IntN(16) == 0
			f.stubborn = seldom.IntN(16) == 0
		}
		if r.IntN(2) == 0 {
			p.farewell = &job{name: "bye", takes: some(12), dies: r.IntN(4) == 0}
		}
		if r.IntN(2) == 0 {
			p.prepare = &job{name: "hello", takes: some(10)}
		}
	})
	require.NoError(t, p.s.Begin(context.Background()))
	cause := errors.New("its ctx")
	var outcomes []*future
	var ctxs []context.Context
	var others sync.WaitGroup
	for range 150 {
		switch n := r.IntN(32); {
		case n < 20:
			for range 1 << r.IntN(6) {
				ctx := context.Background()
				if r.IntN(8) == 0 {
					var cancel context.CancelCauseFunc
					ctx, cancel = context.WithCancelCause(ctx)
					time.AfterFunc(some(14)-1, func() { cancel(cause) })
				}
				j := job{name: "call", takes: some(4 + r.IntN(10)), dies: r.IntN(40) == 0}
				outcomes, ctxs = append(outcomes, p.enter(t, ctx, j)), append(ctxs, ctx)
			}
		case n < 22:
			p.s.Resize(1 + r.IntN(5))
		case n < 23:
			ctx, cancel := context.WithTimeoutCause(context.Background(), some(16), cause)
			others.Go(func() {
				defer cancel()
				if err := p.s.Replace(ctx); err != nil && err != cause && err != errStart && err != errClosed {
					t.Error(err)
				}
			})
		case n < 26:
			if all := p.all(); len(all) > 0 {
				all[r.IntN(len(all))].Kill()
			}
		case n < 27:
			if all := p.all(); len(all) > 0 {
				stopped := make(chan struct{})
				f := all[r.IntN(len(all))]
				f.mu.Lock()
				if f.stopped == nil {
					f.stopped = stopped
					time.AfterFunc(some(14), func() { close(stopped) })
				}
				f.mu.Unlock()
			}
		default:
			time.Sleep(some(14))
		}
		if r.IntN(2) == 0 {
			synctest.Wait()
		}
		require.NoError(t, p.s.check())
	}
	killed := r.IntN(3)
	if killed == 1 {
		time.AfterFunc(some(14), p.s.Close)
	}
	if killed != 2 {
		require.NoError(t, p.s.Shutdown(context.Background()))
	}
	p.end(t)
	others.Wait()
	answers := 0
	for i, f := range outcomes {
		require.True(t, f.over())
		runs := f.c.Passage.runs
		require.LessOrEqual(t, runs, 1)
		switch f.err {
		case nil:
			answers++
			require.Equal(t, 1, runs)
		case cause:
			require.Error(t, ctxs[i].Err())
		case errDied:
			require.Equal(t, 1, runs)
		case errStart:
			require.Zero(t, runs)
		case errClosed:
			require.NotZero(t, killed, "Shutdown completes what was taken on")
		default:
			require.NoError(t, f.err)
		}
	}
	s := p.s.Stats()
	require.EqualValues(t, len(outcomes), s.Calls)
	began, ended := 0, 0
	for _, news := range p.news() {
		if news == "began" {
			began++
		} else if news[:5] == "ended" {
			ended++
		}
	}
	require.Equal(t, began, ended, "who began has ended")
	require.EqualValues(t, began, s.Spawned)
	return s
}
