package sched

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A start that fails is tried again after a pause while calls wait. After three failures
// the calls that have no worker to wait for are refused.
func TestStartsThatFail(t *testing.T) {
	for failures := range 4 {
		bubble(t, func(t *testing.T) {
			p := newPool(t, Options{Workers: 1}, func(p *pool) {
				p.fails = func(n int) bool { return n > 0 && n <= failures }
			})
			p.all()[0].Kill()
			synctest.Wait()
			begun := time.Now()
			_, err := p.call(context.Background(), job{})
			if failures >= maxStarts {
				require.Equal(t, errStart, err)
				require.Equal(t, 2*startPause, time.Since(begun))
				_, err = p.call(context.Background(), quick)
			} else {
				require.Equal(t, time.Duration(failures)*startPause, time.Since(begun))
			}
			require.NoError(t, err)
			s := p.s.Stats()
			require.EqualValues(t, failures, s.FailedStarts)
			require.Equal(t, failures > 0, s.StartError == errStart)
		})
	}
}

// Calls that have a worker to wait for are not refused, however often the start of another
// one fails.
func TestStartsThatFailBesideAWorker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2}, func(p *pool) {
			p.fails = func(n int) bool { return n > 0 }
		})
		p.enter(t, context.Background(), job{takes: time.Second})
		_, err := p.call(context.Background(), quick)
		require.NoError(t, err)
		require.InDelta(t, time.Second/startPause, p.s.Stats().FailedStarts, 1)
	})
}

// As many workers are started as calls wait for and may serve.
func TestSpawn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 3}, func(p *pool) { p.startTime = time.Second })
		require.Equal(t, 1, p.starts)
		for i := range 6 {
			p.enter(t, context.Background(), slow)
			synctest.Wait()
			require.Equal(t, min(i+1, 3), p.starts)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, 3, p.s.Stats().Workers)
		require.Equal(t, 3, p.s.Stats().Waiting)
	})
}

// A worker that dies is replaced before a call waits, but not if it was no use: workers
// that die as soon as they live would be a storm of starts.
func TestReplacement(t *testing.T) {
	for _, c := range []struct {
		name     string
		age      time.Duration
		calls    int
		replaced bool
	}{{"useless", useful, 0, false}, {"used", 0, 1, true}, {"long-lived", useful + 1, 0, true}} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newPool(t, Options{Workers: 4})
				for range c.calls {
					_, err := p.call(context.Background(), job{})
					require.NoError(t, err)
				}
				time.Sleep(c.age)
				p.all()[0].Kill()
				synctest.Wait()
				require.Equal(t, c.replaced, p.starts == 2)
				require.EqualValues(t, 1, p.s.Stats().Died)
			})
		})
	}
}

// Begin says why the first worker did not start, or that ctx has ended, and leaves nothing.
func TestBegin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := prepared(Options{Workers: 2, Min: 2}, func(p *pool) {
			p.fails = func(int) bool { return true }
		})
		require.Equal(t, errStart, p.s.Begin(context.Background()))
		require.Equal(t, []string{"not begun: cannot start"}, p.news())
		_, err := p.call(context.Background(), quick)
		require.Equal(t, errClosed, err)
		p.end(t)
	})
	bubble(t, func(t *testing.T) {
		p := prepared(Options{Workers: 2, Min: 2}, func(p *pool) { p.startTime = time.Hour })
		begun := time.Now()
		require.Equal(t, context.DeadlineExceeded, p.s.Begin(within(time.Second)))
		require.Equal(t, time.Second, time.Since(begun))
		require.Empty(t, p.news())
		require.Zero(t, p.s.Stats().FailedStarts, "it was the scheduler that ended it")
		p.end(t)
	})
}

// Replace puts a new worker in the place of each, spares included, and calls go on.
func TestReplace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2, Min: 2, Spare: 1})
		require.ElementsMatch(t, []int{0, 1, 2}, p.alive())
		j, done := held("holds a worker")
		first := p.enter(t, context.Background(), j)
		require.NoError(t, p.s.Replace(context.Background()))
		require.Len(t, p.alive(Retiring), 1)
		close(done)
		<-first.done
		require.NoError(t, first.err)
		synctest.Wait()
		require.ElementsMatch(t, []int{3, 4, 5}, p.alive())
		require.Equal(t, 2, p.s.Stats().Workers)
		require.Equal(t, 1, p.s.Stats().Spare)
		require.Zero(t, p.s.Stats().Died)
		for _, f := range p.all() {
			if f.id > 2 {
				continue
			}
			require.Equal(t, Replaced, f.w.why)
		}
	})
}

// What cannot be replaced stays.
func TestReplaceFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1}, func(p *pool) {
			p.fails = func(n int) bool { return n > 0 }
		})
		require.Equal(t, errStart, p.s.Replace(context.Background()))
		require.Equal(t, []int{0}, p.alive(Serving))
		ctx, cancel := context.WithCancelCause(context.Background())
		cause := errors.New("enough")
		cancel(cause)
		require.Equal(t, cause, p.s.Replace(ctx))
		require.Equal(t, 2, p.starts)
	})
}

// Replace returns when ctx ends, also while a worker starts: that one replaces none.
func TestReplaceAndCtx(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1}, func(p *pool) { p.startTime = time.Minute })
		begun := time.Now()
		require.Equal(t, context.DeadlineExceeded, p.s.Replace(within(time.Second)))
		require.Equal(t, time.Second, time.Since(begun))
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Equal(t, []int{0}, p.alive())
		require.Equal(t, []string{"began", "began", "ended surplus"}, p.news())
	})
}

// Close beside Replace is no failure of a start.
func TestReplaceAndClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1}, func(p *pool) { p.startTime = time.Minute })
		replaced := make(chan error, 1)
		go func() { replaced <- p.s.Replace(context.Background()) }()
		synctest.Wait()
		p.s.Close()
		require.Equal(t, errClosed, <-replaced)
		require.Zero(t, p.s.Stats().FailedStarts)
		require.Equal(t, []string{"began", "ended terminated"}, p.news())
	})
}

// Shutdown beside Replace lets no more workers start, and Replace says that it has not
// replaced all.
func TestReplaceAndShutdown(t *testing.T) {
	for workers := 1; workers <= 2; workers++ {
		bubble(t, func(t *testing.T) {
			p := newPool(t, Options{Workers: workers, Min: workers}, func(p *pool) { p.startTime = time.Minute })
			time.Sleep(time.Minute)
			synctest.Wait()
			j, done := held("holds up the end")
			last := p.enter(t, context.Background(), j)
			replaced, ended := make(chan error, 1), make(chan error, 1)
			go func() { replaced <- p.s.Replace(context.Background()) }()
			synctest.Wait()
			go func() { ended <- p.s.Shutdown(context.Background()) }()
			require.Equal(t, errClosed, <-replaced)
			require.Equal(t, workers+1, p.starts)
			close(done)
			require.NoError(t, <-ended)
			<-last.done
			require.NoError(t, last.err)
		})
	}
}

// A worker may die between its start and the moment when the scheduler learns of it.
func TestDiesAsItBegins(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := prepared(Options{Workers: 1})
		start := p.s.owner.Start
		p.s.owner.Start = func(w *Worker[job]) error {
			err := start(w)
			if f := w.Link().(*process); f.id == 0 {
				f.Kill()
				<-f.died
			}
			return err
		}
		require.NoError(t, p.s.Begin(context.Background()))
		require.Equal(t, []string{"began", "ended "}, p.news())
		require.EqualValues(t, 1, p.s.Stats().Died)
		require.Zero(t, p.s.Stats().FailedStarts)
		worker, err := p.call(context.Background(), quick)
		require.NoError(t, err)
		require.Equal(t, 1, worker)
		p.end(t)
	})
}
