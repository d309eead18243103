package sched

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Quick calls are sent ahead of time, slow ones are not, and an answer ends a stall.
func TestPace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, c := range []struct {
			took time.Duration
			n    int
			want int
		}{
			{10 * time.Microsecond, 1, 20}, {10 * time.Microsecond, 100, maxDepth}, {aheadFor, 1, 1},
			{aheadFor + 1, 1, 0}, {time.Second, 64, 0}, {0, 1, maxDepth}, {64 * aheadFor, 64, 1},
		} {
			w := &Worker[job]{since: time.Now(), stalled: true}
			time.Sleep(c.took)
			w.pace(c.n)
			require.Equal(t, c.want, w.depth, "%v for %d", c.took, c.n)
			require.False(t, w.stalled)
		}
	})
}

// warm has the workers of p be given several calls at once.
func (p *pool) warm() {
	p.s.mu.Lock()
	defer p.s.unlock()
	for _, w := range p.s.crew {
		w.depth = maxDepth
	}
}

// full returns a pool whose workers have started and are given several calls at once.
func full(t *testing.T, workers int) *pool {
	p := newPool(t, Options{Workers: workers, Min: workers})
	p.warm()
	require.Equal(t, workers, p.s.Stats().Idle)
	return p
}

// Calls wait for workers that are still to come, and not behind others.
func TestFirstOfTwo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2}, func(p *pool) { p.startTime = time.Second })
		p.warm()
		j, done := held("first")
		defer close(done)
		p.enter(t, context.Background(), j)
		second := p.enter(t, context.Background(), quick)
		require.Equal(t, -1, p.on(second))
		<-second.done
		require.NoError(t, second.err)
		require.Equal(t, 1, second.worker)
	})
}

// A call does not wait behind one that takes long while another worker has time.
func TestNoCallWaitsBehind(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := full(t, 2)
		first := p.enter(t, context.Background(), slow)
		var others []*future
		for range 50 {
			others = append(others, p.enter(t, context.Background(), job{takes: 20 * time.Microsecond}))
		}
		require.Greater(t, p.has(p.on(first)), 1, "some wait behind it")
		for _, c := range others {
			<-c.done
			require.NoError(t, c.err)
		}
		require.False(t, first.over())
		require.EqualValues(t, 2, p.s.Stats().Spawned)
	})
}

// What waits behind a call that turns out to be slow moves on as soon as another worker
// is about to take more, and nothing is put behind it again.
func TestStalled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := full(t, 2)
		first := p.enter(t, context.Background(), slow)
		second := p.enter(t, context.Background(), job{takes: 2 * stall})
		synctest.Wait()
		w := p.on(first)
		behind := p.enter(t, context.Background(), quick)
		for p.has(w) < 2 {
			behind = p.enter(t, context.Background(), quick)
		}
		<-second.done
		<-behind.done
		require.Equal(t, 1, p.has(w))
		for range 10 {
			c := p.enter(t, context.Background(), quick)
			require.NotEqual(t, w, p.on(c))
			require.Equal(t, 1, p.has(w))
		}
	})
}

// An idle worker takes half of what waits behind others.
func TestRescue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := full(t, 2)
		j, done := held("first")
		p.enter(t, context.Background(), j)
		k, over := held("second")
		p.enter(t, context.Background(), k)
		synctest.Wait()
		for range 10 {
			p.enter(t, context.Background(), slow)
		}
		require.Equal(t, 12, p.has(0)+p.has(1))
		// All that the second worker has is taken from it, so that it has nothing to do.
		p.s.mu.Lock()
		w, v := p.s.crew[0], p.s.crew[1]
		if v.link.(*process).jobs[0].name == "first" {
			w, v = v, w
		}
		for v.queue.len() > 1 {
			c := v.queue.last()
			require.True(t, v.link.Withdraw(&c.Passage))
			v.queue.remove(c)
			require.True(t, p.s.give(w, c))
		}
		require.Equal(t, 11, w.queue.len())
		p.s.mu.Unlock()
		close(over)
		synctest.Wait()
		require.Equal(t, 5, p.has(v.link.(*process).id), "half of the eleven, rounded down")
		require.Equal(t, 6, p.has(w.link.(*process).id))
		close(done)
	})
}

// The owner that leads takes along what else was answered.
func TestCollect(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := full(t, 1)
		c := NewCall[job]()
		c.Passage = quick
		require.NoError(t, p.s.Enter(c))
		var others []*future
		for range 3 {
			others = append(others, p.enter(t, context.Background(), quick))
		}
		last := p.enter(t, context.Background(), slow)
		time.Sleep(time.Millisecond) // nobody has looked at the answers yet
		for _, o := range others {
			require.False(t, o.over())
		}
		require.True(t, p.s.Await(context.Background(), c))
		p.lead(context.Background(), c)
		require.Equal(t, Answered, c.End())
		synctest.Wait()
		for _, o := range others {
			require.True(t, o.over())
			require.NoError(t, o.err)
		}
		require.EqualValues(t, leading, last.c.state.Load())
		require.Equal(t, int(aheadFor/(time.Millisecond/4)), p.all()[0].w.depth)
	})
}
