package sched

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A worker gets so many calls and no more, whether they come one by one or at once, and
// none is lost at the change.
func TestMaxCalls(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2, MaxCalls: 3})
		served := map[int]int{}
		var mu sync.Mutex
		var failed error
		call := func() {
			worker, err := p.call(context.Background(), quick)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = err
			}
			served[worker]++
		}
		for range 7 {
			call()
		}
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				for range 10 {
					call()
				}
			})
		}
		calls.Wait()
		require.NoError(t, failed)
		total := 0
		for id, n := range served {
			require.LessOrEqual(t, n, 3, "worker %d", id)
			total += n
		}
		require.Equal(t, 87, total)
		require.NoError(t, p.s.Shutdown(context.Background()))
		s := p.s.Stats()
		require.Zero(t, s.Died+s.Killed+s.Retried)
		require.GreaterOrEqual(t, s.Spawned, int64(29))
	})
}

// A worker that has had its calls is replaced before a call waits.
func TestMaxCallsStandby(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1, MaxCalls: 1})
		_, err := p.call(context.Background(), quick)
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, []int{1}, p.alive())
		require.Equal(t, []string{"began", "ended max_calls", "began"}, p.sorted())
	})
}

// Workers that are idle for too long leave, the one that was used longest ago first, until
// Min are left.
func TestMinAndIdle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 4, Min: 2, Idle: time.Minute})
		require.ElementsMatch(t, []int{0, 1}, p.alive(Serving))
		var ends []chan struct{}
		var calls []*future
		for range 4 {
			j, end := held("holds a worker")
			calls, ends = append(calls, p.enter(t, context.Background(), j)), append(ends, end)
		}
		synctest.Wait()
		require.Equal(t, 4, p.s.Stats().Workers)
		require.Zero(t, p.s.Stats().Idle)
		time.Sleep(time.Hour)
		require.Equal(t, 4, p.s.Stats().Workers, "a worker with a call is not idle")
		for i, end := range ends {
			close(end)
			<-calls[i].done
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute - 4*time.Second - time.Millisecond)
		require.Equal(t, 4, p.s.Stats().Workers)
		time.Sleep(2 * time.Millisecond)
		require.Equal(t, 3, p.s.Stats().Workers)
		time.Sleep(time.Second)
		require.Equal(t, 2, p.s.Stats().Workers)
		require.ElementsMatch(t, []int{calls[2].worker, calls[3].worker}, p.alive())
		time.Sleep(time.Hour)
		require.Equal(t, 2, p.s.Stats().Workers)
		require.Zero(t, p.s.Stats().Died+p.s.Stats().Killed)
	})
}

// A scheduler that is not used need have no worker at all.
func TestIdleToNone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2, Idle: time.Second})
		for range 3 {
			time.Sleep(time.Second + 1)
			synctest.Wait()
			require.Empty(t, p.alive())
			_, err := p.call(context.Background(), quick)
			require.NoError(t, err)
		}
	})
}

// Of too many workers the idle ones leave at once, and the youngest when they have done
// their calls. More are started when calls wait for them.
func TestResize(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 1})
		var ends []chan struct{}
		var calls []*future
		for range 4 {
			j, end := held("holds a worker")
			calls, ends = append(calls, p.enter(t, context.Background(), j)), append(ends, end)
		}
		require.Equal(t, 3, p.s.Stats().Waiting)
		p.s.Resize(4)
		require.Equal(t, 4, p.s.Size())
		synctest.Wait()
		all := p.alive(Serving)
		require.Len(t, all, 4)
		require.Zero(t, p.s.Stats().Waiting)
		p.s.Resize(2)
		stay := p.alive(Serving)
		require.Len(t, stay, 2)
		require.Len(t, p.alive(Retiring), 2, "none leaves before its call has ended")
		require.Contains(t, stay, 0, "the youngest leave")
		_, err := p.call(within(time.Second), quick)
		require.ErrorIs(t, err, context.DeadlineExceeded, "a worker that retires gets no call")
		for i, end := range ends {
			close(end)
			<-calls[i].done
			require.NoError(t, calls[i].err)
		}
		synctest.Wait()
		require.Equal(t, stay, p.alive())
		p.s.Resize(1)
		synctest.Wait()
		require.Len(t, p.alive(), 1)
		_, err = p.call(context.Background(), quick)
		require.NoError(t, err)
		require.Zero(t, p.s.Stats().Died+p.s.Stats().Killed)
		require.Panics(t, func() { p.s.Resize(0) })
	})
}

// within returns a context that ends after so long.
func within(d time.Duration) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return ctx
}

// What waits behind the call of a worker that retires gets another worker.
func TestRetireWithQueue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := full(t, 2)
		first, second := p.enter(t, context.Background(), slow), p.enter(t, context.Background(), slow)
		for range 10 {
			p.enter(t, context.Background(), quick)
		}
		young := p.alive()[1]
		require.Greater(t, p.has(young), 3)
		p.s.Resize(1)
		require.Equal(t, 1, p.has(young))
		require.Equal(t, 10, p.s.Stats().Waiting)
		<-first.done
		<-second.done
		require.NoError(t, first.err)
		require.NoError(t, second.err)
		require.EqualValues(t, 12, p.s.Stats().Calls)
	})
}

// A worker that retires and then dies has died.
func TestRetireAndDie(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPool(t, Options{Workers: 2, Min: 2})
		first, second := p.enter(t, context.Background(), slow), p.enter(t, context.Background(), slow)
		p.s.Resize(1)
		stays, retires := p.alive(Serving), p.alive(Retiring)[0]
		for _, f := range p.all() {
			if f.id == retires {
				f.Kill()
			}
		}
		synctest.Wait()
		require.NotEqual(t, first.over(), second.over())
		require.EqualValues(t, 1, p.s.Stats().Died)
		require.Equal(t, stays, p.alive())
		require.Equal(t, []string{"began", "began", "ended "}, p.news())
	})
}
