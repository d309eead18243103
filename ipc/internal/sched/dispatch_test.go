package sched

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Calls get a worker in turn, and one that has lost its worker is first.
func TestTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1}, func(p *pool) { p.startTime = time.Second })
		j, done := held("holds the worker")
		j.dies = true
		first := p.enter(t, context.Background(), j)
		var calls []*future
		for i := range 3 {
			calls = append(calls, p.enter(t, context.Background(), job{name: fmt.Sprint(i), takes: time.Second}))
		}
		synctest.Wait()
		require.Equal(t, 3, p.s.Stats().Waiting)
		// The second is put behind the first, and comes back when that dies: before others.
		p.s.mu.Lock()
		c := p.s.waiting.first()
		p.s.waiting.remove(c)
		require.True(t, p.s.give(p.s.crew[0], c))
		p.s.mu.Unlock()
		close(done)
		<-first.done
		require.ErrorIs(t, first.err, errDied)
		for i, c := range calls {
			<-c.done
			require.NoError(t, c.err)
			for _, later := range calls[i+1:] {
				require.False(t, later.over())
			}
		}
		require.EqualValues(t, 1, p.s.Stats().Retried)
		require.EqualValues(t, 4, p.s.Stats().Calls)
	})
}

// A call whose ctx ends while it waits is refused with the cause, wherever it waits, and
// takes nobody's place any more.
func TestQuit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1})
		p.warm()
		j, done := held("first")
		first := p.enter(t, context.Background(), j)
		cause := errors.New("changed my mind")
		ctx, cancel := context.WithCancelCause(context.Background())
		var quit []*future
		for range 2 * maxDepth { // some of them behind the first, some in line
			quit = append(quit, p.enter(t, ctx, quick))
		}
		last := p.enter(t, context.Background(), quick)
		require.Equal(t, maxDepth, p.has(0))
		require.Equal(t, 2*maxDepth+1, p.s.Stats().Waiting)
		cancel(cause)
		synctest.Wait()
		for _, c := range quit {
			require.True(t, c.over())
			require.Equal(t, cause, c.err)
			require.Zero(t, c.c.Passage.runs)
		}
		require.Equal(t, 1, p.s.Stats().Waiting)
		require.Equal(t, 2, p.has(0), "the place behind the first is free")
		require.False(t, first.over())
		close(done)
		<-last.done
		require.NoError(t, last.err)
	})
}

// A worker that is given to a call at the moment the call's ctx ends goes to the next,
// unless the call is quicker.
func TestGivenTooLate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1})
		cause := errors.New("changed my mind")
		for range 100 {
			j, done := held("first")
			first := p.enter(t, context.Background(), j)
			ctx, cancel := context.WithCancelCause(context.Background())
			late := p.enter(t, ctx, quick)
			next := p.enter(t, context.Background(), quick)
			synctest.Wait()
			go close(done)
			cancel(cause)
			<-late.done
			<-next.done
			<-first.done
			require.NoError(t, next.err)
			if late.err != nil {
				require.Equal(t, cause, late.err)
			}
		}
		s := p.s.Stats()
		require.Equal(t, 1, s.Idle)
		require.LessOrEqual(t, s.Killed, int64(100))
		require.Zero(t, s.Died)
	})
}

// How a call ends whose worker is gone says how far the worker came with it.
func TestEnds(t *testing.T) {
	for state, want := range map[int]End{posted: Untouched, read: Unstarted, started: Started} {
		bubble(t, func(t *testing.T) {
			p := newPool(t, Options{Workers: 1}, func(p *pool) {
				p.made = func(f *process) { f.stopped = make(chan struct{}) }
			})
			c := NewCall[job]()
			require.NoError(t, p.s.Enter(c))
			require.True(t, p.s.Await(context.Background(), c))
			f := p.all()[0]
			f.mu.Lock()
			c.Passage.state = state
			f.mu.Unlock()
			f.Kill()
			p.lead(context.Background(), c)
			require.Equal(t, want, c.End())
			require.Same(t, f.w, c.Worker())
			require.Equal(t, errDied, p.s.GiveUp(c, errDied))
			require.Zero(t, p.s.calls)
		})
	}
}

// What waited behind the call that a worker died of goes to one that has nothing to do,
// and what was started, against all order, to none.
func TestHeirs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2, Min: 1})
		f := p.all()[0]
		p.warm()
		p.s.Resize(1)
		j, done := held("first")
		j.dies = true
		first := p.enter(t, context.Background(), j)
		second, third := p.enter(t, context.Background(), quick), p.enter(t, context.Background(), quick)
		synctest.Wait()
		require.Equal(t, 3, p.has(0))
		f.mu.Lock()
		second.c.Passage.state = started
		f.mu.Unlock()
		close(done)
		<-first.done
		<-second.done
		require.Equal(t, errDied, first.err)
		require.Equal(t, errDied, second.err)
		<-third.done
		require.NoError(t, third.err)
		require.Equal(t, 1, third.worker)
		require.EqualValues(t, 1, p.s.Stats().Retried)
	})
}

// A worker that has no calls and no room for one is killed, and the call gets another.
func TestNoRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1}, func(p *pool) {
			p.made = func(f *process) { f.full = f.id == 0 }
		})
		worker, err := p.call(context.Background(), quick)
		require.NoError(t, err)
		require.Equal(t, 1, worker)
		require.Equal(t, []string{"began", "ended protocol", "began"}, p.sorted())
		require.EqualValues(t, 1, p.s.Stats().Died)
	})
}

// sorted returns the news, the end of a worker before the beginning of its successor.
func (p *pool) sorted() []string {
	synctest.Wait()
	told := p.news()
	for i := 1; i < len(told); i++ {
		if told[i] != "began" && told[i-1] == "began" && i > 1 {
			told[i], told[i-1] = told[i-1], told[i]
		}
	}
	return told
}

// A call that has lost its worker is before those that wait, also when its owner says so
// late, and new calls are behind them.
func TestRetryFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1}, func(p *pool) { p.startTime = time.Second })
		f := p.all()[0]
		c := NewCall[job]()
		c.Passage = slow
		require.NoError(t, p.s.Enter(c))
		require.True(t, p.s.Await(context.Background(), c))
		waits := p.enter(t, context.Background(), quick)
		f.Kill()
		p.lead(context.Background(), c)
		c.Passage.takes = quick.takes
		require.NoError(t, p.s.Retry(c))
		last := p.enter(t, context.Background(), quick)
		p.s.mu.Lock()
		require.Same(t, c, p.s.waiting.first())
		require.Same(t, last.c, p.s.waiting.last())
		p.s.mu.Unlock()
		_, err := p.complete(context.Background(), c)
		require.NoError(t, err)
		<-last.done
		require.True(t, waits.over())
	})
}

// Calls that come when others wait for a worker are not put behind a call ahead of them.
func TestInTurn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := full(t, 1)
		var calls []*future
		for range maxDepth {
			calls = append(calls, p.enter(t, context.Background(), slow))
		}
		waits := p.enter(t, context.Background(), slow)
		require.Equal(t, -1, p.on(waits))
		p.s.mu.Lock()
		c := calls[maxDepth-1].c // as if there were room again
		require.True(t, c.worker.link.Withdraw(&c.Passage))
		c.worker.queue.remove(c)
		p.s.waiting.pushFront(c)
		c.worker = nil
		later := NewCall[job]()
		p.s.calls++
		p.s.place(later, false)
		require.Nil(t, later.worker)
		require.Same(t, later, p.s.waiting.last())
		p.s.waiting.remove(later)
		p.s.calls--
		p.s.mu.Unlock()
	})
}

// Of two busy workers the one with fewer calls gets the next.
func TestSqueeze(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := full(t, 2)
		for range 2 + 20 {
			p.enter(t, context.Background(), slow)
		}
		require.Equal(t, 11, p.has(0))
		require.Equal(t, 11, p.has(1))
	})
}

// A call that was taken back is none of those that its worker has had.
func TestTakenBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1, MaxCalls: 10})
		p.warm()
		first := p.enter(t, within(time.Minute), slow)
		var behind []*future
		for range 5 {
			behind = append(behind, p.enter(t, within(time.Second), quick))
		}
		p.s.mu.Lock()
		w := p.s.crew[0]
		require.EqualValues(t, 6, w.calls)
		p.s.mu.Unlock()
		for _, c := range behind {
			<-c.done
			require.Error(t, c.err)
		}
		for range 5 {
			p.enter(t, context.Background(), quick)
		}
		<-first.done
		require.EqualValues(t, 1, w.calls)
	})
}

// A scheduler that ends takes no calls and starts nothing.
func TestEnterClosed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1})
		require.NoError(t, p.s.Shutdown(context.Background()))
		_, err := p.call(context.Background(), quick)
		require.Equal(t, errClosed, err)
		require.Zero(t, p.s.Stats().Calls)
		require.ErrorIs(t, p.s.Replace(context.Background()), errClosed)
		p.s.Resize(3)
	})
}
