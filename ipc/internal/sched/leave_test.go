package sched

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A worker that does not go when it is let go is killed a second later.
func TestDismiss(t *testing.T) {
	for stubborn, kills := range map[bool]int{false: 0, true: 1} {
		bubble(t, func(t *testing.T) {
			p := newPool(t, Options{Workers: 1, Idle: time.Minute}, func(p *pool) {
				p.made = func(f *process) { f.stubborn = stubborn }
			})
			time.Sleep(time.Minute + patience - 1)
			require.Equal(t, !stubborn, len(p.alive()) == 0)
			time.Sleep(time.Hour)
			require.Empty(t, p.alive())
			require.Equal(t, kills, p.all()[0].kills)
			require.Equal(t, []string{"began", "ended idle"}, p.news())
			require.Zero(t, p.s.Stats().Died+p.s.Stats().Killed)
		})
	}
}

// The end of a call's ctx kills its worker, which is told as that, and nothing else: what
// waited behind the call goes to another worker.
func TestDoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := full(t, 1)
		first := p.enter(t, within(time.Second), slow)
		var behind []*future
		for range 10 {
			behind = append(behind, p.enter(t, context.Background(), quick))
		}
		require.Equal(t, 11, p.has(0))
		<-first.done
		require.Equal(t, context.DeadlineExceeded, first.err)
		for _, c := range behind {
			<-c.done
			require.NoError(t, c.err)
			require.Equal(t, 1, c.worker)
			require.Equal(t, 1, c.c.Passage.runs)
		}
		s := p.s.Stats()
		require.EqualValues(t, 1, s.Killed)
		require.Zero(t, s.Died+s.Retried)
		require.Equal(t, []string{"began", "ended ctx", "began"}, p.sorted())
	})
}

// A kill that comes when the worker has answered the call, and has begun the next, is not
// carried out. With force it is.
func TestDoomTooLate(t *testing.T) {
	for _, force := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			p := full(t, 1)
			f := p.all()[0]
			c := NewCall[job]()
			c.Passage = quick
			require.NoError(t, p.s.Enter(c))
			next := p.enter(t, context.Background(), slow)
			third := p.enter(t, context.Background(), quick)
			time.Sleep(time.Millisecond) // it has answered c, and no goroutine has looked
			require.True(t, p.s.Await(context.Background(), c))
			require.Equal(t, force, p.s.Doom(c, force))
			p.lead(context.Background(), c)
			require.Equal(t, Answered, c.End())
			require.False(t, p.s.Doom(c, true), "it has been settled")
			<-next.done
			<-third.done
			require.NoError(t, third.err)
			require.Equal(t, 1, third.c.Passage.runs)
			if force {
				require.Equal(t, errDied, next.err)
			} else {
				require.NoError(t, next.err)
				require.Zero(t, f.kills)
			}
		})
	}
}

// A worker that was killed gets no other call, even if it answered, and no other call pays.
func TestDoomedAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := full(t, 1)
		f := p.all()[0]
		c := NewCall[job]()
		c.Passage = quick
		require.NoError(t, p.s.Enter(c))
		time.Sleep(time.Millisecond)
		require.True(t, p.s.Await(context.Background(), c))
		require.True(t, p.s.Doom(c, false))
		other := p.enter(t, context.Background(), quick)
		<-f.died
		p.lead(context.Background(), c)
		require.Equal(t, Answered, c.End())
		<-other.done
		require.NoError(t, other.err)
		require.Equal(t, 1, other.worker)
	})
}

// Each worker that is let go runs the owner's last errand once, and the end waits for it.
func TestFinish(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2, Min: 2}, func(p *pool) {
			p.farewell = &job{name: "bye", takes: time.Minute}
		})
		begun := time.Now()
		require.NoError(t, p.s.Shutdown(context.Background()))
		require.Equal(t, time.Minute, time.Since(begun))
		require.Equal(t, []string{"began", "began", "ended closed", "ended closed"}, p.news())
		for _, f := range p.all() {
			require.Zero(t, f.w.calls, "an errand is no call of anybody's")
			require.Zero(t, f.kills)
		}
		require.Zero(t, p.s.Stats().Calls)
	})
}

// A worker may die of its last errand: it has left all the same.
func TestFinishDies(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1}, func(p *pool) {
			p.farewell = &job{name: "bye", takes: time.Minute, dies: true}
		})
		require.NoError(t, p.s.Shutdown(context.Background()))
		require.Equal(t, []string{"began", "ended closed"}, p.news())
		require.Zero(t, p.s.Stats().Died)
	})
}

// Each worker runs the owner's first errand before it gets a call. One that dies of it has
// not started.
func TestPrepare(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1}, func(p *pool) {
			p.prepare = &job{name: "hello", takes: time.Minute}
		})
		require.Zero(t, p.all()[0].w.calls)
		p.prepare = &job{name: "hello", dies: true}
		p.all()[0].Kill()
		synctest.Wait()
		_, err := p.call(context.Background(), quick)
		require.Equal(t, errStart, err)
		require.EqualValues(t, maxStarts, p.s.Stats().FailedStarts)
		require.EqualValues(t, 1, p.s.Stats().Died)
	})
}
