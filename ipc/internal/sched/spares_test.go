package sched

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A spare takes the place of a worker that is gone, at once, and there is another one then.
func TestSpare(t *testing.T) {
	ends := map[string]struct {
		options Options
		end     func(t *testing.T, p *pool)
	}{
		"killed from outside": {end: func(t *testing.T, p *pool) {
			time.Sleep(2 * useful)
			p.all()[0].Kill()
			synctest.Wait()
		}},
		"killed with its call": {end: func(t *testing.T, p *pool) {
			_, err := p.call(within(time.Second), slow)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}},
		"has had its calls": {options: Options{MaxCalls: 1}, end: func(t *testing.T, p *pool) {
			_, err := p.call(context.Background(), quick)
			require.NoError(t, err)
		}},
	}
	for name, c := range ends {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c.options.Workers, c.options.Spare = 1, 1
				p := newPool(t, c.options, func(p *pool) { p.startTime = time.Minute })
				time.Sleep(time.Minute)
				synctest.Wait()
				require.Equal(t, []int{0}, p.alive(Serving))
				require.Equal(t, []int{1}, p.alive(Spare))
				c.end(t, p)
				begun := time.Now()
				worker, err := p.call(context.Background(), quick)
				require.NoError(t, err)
				require.Equal(t, 1, worker)
				require.Less(t, time.Since(begun), time.Second)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				s := p.s.Stats()
				require.Equal(t, 1, s.Workers)
				require.Equal(t, 1, s.Spare)
			})
		})
	}
}

// Spares serve as one more worker where there may be one, and are no more than asked for.
func TestSparesServe(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 3, Spare: 2}, func(p *pool) { p.startTime = time.Minute })
		time.Sleep(time.Minute)
		synctest.Wait()
		require.ElementsMatch(t, []int{0}, p.alive(Serving))
		require.ElementsMatch(t, []int{1, 2}, p.alive(Spare))
		for range 3 {
			p.enter(t, context.Background(), slow)
		}
		require.ElementsMatch(t, []int{0, 1, 2}, p.alive(Serving), "without a start")
		time.Sleep(time.Minute)
		synctest.Wait()
		require.ElementsMatch(t, []int{3, 4}, p.alive(Spare))
		require.Zero(t, p.s.Stats().Idle)
		require.EqualValues(t, 5, p.s.Stats().Spawned)
	})
}

// A worker that is ready and not needed leaves.
func TestSurplus(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2}, func(p *pool) { p.startTime = time.Minute })
		j, done := held("holds the worker")
		p.enter(t, context.Background(), j)
		second := p.enter(t, context.Background(), quick)
		time.Sleep(time.Second)
		p.s.Resize(1)
		close(done)
		<-second.done
		require.Zero(t, second.worker)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, []int{0}, p.alive())
		require.Equal(t, []string{"began", "began", "ended surplus"}, p.news())
	})
}

// A spare that cannot be started is tried again, but not before a second, and calls do
// not notice. What is lost comes back.
func TestSparesComeBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var works atomic.Bool
		p := newPool(t, Options{Workers: 1, Spare: 1}, func(p *pool) {
			p.fails = func(n int) bool { return n > 0 && !works.Load() }
		})
		failed := p.s.Stats().FailedStarts
		require.NotZero(t, failed)
		time.Sleep(sparePause - 1)
		require.Equal(t, failed, p.s.Stats().FailedStarts)
		time.Sleep(10 * sparePause)
		require.Equal(t, failed+10, p.s.Stats().FailedStarts)
		_, err := p.call(context.Background(), quick)
		require.NoError(t, err)
		works.Store(true)
		time.Sleep(sparePause)
		synctest.Wait()
		require.Equal(t, 1, p.s.Stats().Spare)
		for _, f := range p.all() {
			f.Kill()
		}
		synctest.Wait()
		require.EqualValues(t, 2, p.s.Stats().Died)
		_, err = p.call(context.Background(), quick)
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, 1, p.s.Stats().Workers)
		require.Equal(t, 1, p.s.Stats().Spare)
	})
}

// The pause before the next try to start a spare does not outlive the scheduler: nothing
// is started after the end.
func TestNoSpareAfterTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := prepared(Options{Workers: 1, Spare: 1}, func(p *pool) {
			p.fails = func(int) bool { return true }
		})
		require.Equal(t, errStart, p.s.Begin(context.Background()))
		starts := p.starts
		time.Sleep(time.Hour)
		require.Equal(t, starts, p.starts)
		p.end(t)
	})
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1, Spare: 1}, func(p *pool) {
			p.fails = func(n int) bool { return n > 0 }
		})
		require.NoError(t, p.s.Shutdown(context.Background()))
		starts := p.starts
		time.Sleep(time.Hour)
		require.Equal(t, starts, p.starts)
	})
}

// A scheduler that waits for its last call replaces neither spares nor workers.
func TestNoSpareWhileShutting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2, Min: 2, Spare: 1})
		last := p.enter(t, context.Background(), slow)
		time.Sleep(2 * useful)
		ended := make(chan error, 1)
		go func() { ended <- p.s.Shutdown(context.Background()) }()
		synctest.Wait()
		busy := p.on(last)
		for _, phase := range []Phase{Spare, Serving} {
			for _, id := range p.alive(phase) {
				if id != busy {
					p.all()[id].Kill()
					synctest.Wait()
				}
			}
		}
		require.Equal(t, []int{busy}, p.alive())
		require.NoError(t, <-ended)
		<-last.done
		require.NoError(t, last.err)
		require.Equal(t, 3, p.starts)
	})
}
