package sched

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Shutdown completes what was taken on, what waits too, and takes nothing new.
func TestShutdown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1, Spare: 1})
		var calls []*future
		for range 3 {
			calls = append(calls, p.enter(t, context.Background(), job{takes: time.Minute}))
		}
		begun := time.Now()
		require.NoError(t, p.s.Shutdown(context.Background()))
		require.Equal(t, 3*time.Minute, time.Since(begun))
		for _, c := range calls {
			<-c.done
			require.NoError(t, c.err)
		}
		require.NoError(t, p.s.Shutdown(context.Background()))
		require.NoError(t, p.s.Shutdown(within(0)), "it has ended")
		<-p.s.Ended()
	})
}

// A worker that dies during Shutdown is replaced if calls wait for it.
func TestShutdownReplaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1})
		first := p.enter(t, context.Background(), job{takes: time.Minute, dies: true})
		second := p.enter(t, context.Background(), quick)
		require.NoError(t, p.s.Shutdown(context.Background()))
		<-first.done
		<-second.done
		require.Equal(t, errDied, first.err)
		require.NoError(t, second.err)
		require.EqualValues(t, 2, p.s.Stats().Spawned)
	})
}

// When its ctx ends Shutdown returns, and the scheduler goes on coming to its end.
func TestShutdownAndCtx(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1})
		call := p.enter(t, context.Background(), job{takes: time.Minute})
		require.Equal(t, context.DeadlineExceeded, p.s.Shutdown(within(time.Second)))
		_, err := p.call(context.Background(), quick)
		require.Equal(t, errClosed, err)
		begun := time.Now()
		<-p.s.Ended()
		require.Equal(t, time.Minute-time.Second, time.Since(begun))
		<-call.done
		require.NoError(t, call.err)
		require.Equal(t, []string{"began", "ended closed"}, p.news())
	})
}

// Close ends at once what runs and what waits, wherever it waits, whatever starts and
// whatever leaves.
func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 3, Min: 2}, func(p *pool) { p.startTime = time.Minute })
		time.Sleep(time.Minute)
		synctest.Wait()
		p.warm()
		var calls []*future
		for range 10 {
			calls = append(calls, p.enter(t, context.Background(), slow))
		}
		p.s.Resize(4)
		synctest.Wait()
		require.Len(t, p.alive(), 4, "two serve, and two start")
		begun := time.Now()
		p.s.Close()
		require.Zero(t, time.Since(begun))
		synctest.Wait()
		for _, c := range calls {
			require.True(t, c.over())
			require.Equal(t, errClosed, c.err)
		}
		require.Equal(t, []string{"began", "began", "ended terminated", "ended terminated"}, p.news())
		s := p.s.Stats()
		require.Zero(t, s.Died+s.Killed+s.FailedStarts)
		p.s.Close()
		require.NoError(t, p.s.Shutdown(context.Background()))
	})
}

// Close may be called during a Shutdown, which returns then.
func TestCloseDuringShutdown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1}, func(p *pool) { p.farewell = &job{takes: time.Hour} })
		shut := make(chan error, 1)
		go func() { shut <- p.s.Shutdown(context.Background()) }()
		synctest.Wait()
		require.Equal(t, []int{0}, p.alive(Leaving))
		begun := time.Now()
		p.s.Close()
		require.NoError(t, <-shut)
		require.Zero(t, time.Since(begun))
		require.Equal(t, []string{"began", "ended terminated"}, p.news())
	})
}

// Close waits for a start that has no process yet, and kills the process that it makes.
func TestCloseDuringStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := prepared(Options{Workers: 2})
		start := p.s.owner.Start
		p.s.owner.Start = func(w *Worker[job]) error {
			time.Sleep(time.Minute) // until there is a process
			return start(w)
		}
		require.NoError(t, p.s.Begin(context.Background()))
		p.enter(t, context.Background(), slow)
		second := p.enter(t, context.Background(), slow)
		begun := time.Now()
		p.s.Close()
		require.Equal(t, time.Minute, time.Since(begun))
		<-second.done
		require.Equal(t, errClosed, second.err)
		require.NotZero(t, p.all()[1].kills)
		p.end(t)
	})
}

// A worker that is ready at the moment of Close goes with the others.
func TestCloseAsItBegins(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := prepared(Options{Workers: 2})
		start := p.s.owner.Start
		ready, closed := make(chan struct{}), make(chan struct{})
		p.s.owner.Start = func(w *Worker[job]) error {
			err := start(w)
			if w.Link().(*process).id == 1 {
				close(ready)
				<-closed
			}
			return err
		}
		require.NoError(t, p.s.Begin(context.Background()))
		p.enter(t, context.Background(), slow)
		p.enter(t, context.Background(), slow)
		<-ready
		go p.s.Close()
		synctest.Wait()
		close(closed)
		<-p.s.Ended()
		require.Equal(t, []string{"began", "ended terminated", "began", "ended "}, p.news())
		p.end(t)
	})
}
