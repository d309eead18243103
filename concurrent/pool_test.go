package concurrent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/effort"
)

// square is a task that takes a second.
func square(_ context.Context, v int) (int, error) {
	time.Sleep(time.Second)
	return v * v, nil
}

// hold is a task that lasts until the channel is closed.
func hold(_ context.Context, release chan struct{}) (int, error) { <-release; return 1, nil }

// untilDone is a task that lasts until its context ends.
func untilDone(ctx context.Context, v int) (int, error) { <-ctx.Done(); return v, context.Cause(ctx) }

// shutdown shuts p down, cancels what has not begun if asked to, and waits.
func shutdown(ctx context.Context, p *concurrent.Pool, cancelQueued bool) error {
	ended, end := context.WithCancel(background)
	end()
	p.Shutdown(ended)
	if cancelQueued {
		p.CancelQueued()
	}
	return p.Shutdown(ctx)
}

// pooled runs a sub-test with a pool in a bubble, and shuts the pool down.
func pooled(t *testing.T, name string, o concurrent.PoolOptions, f func(*testing.T, *concurrent.Pool)) {
	t.Helper()
	bubble(t, name, func(t *testing.T) {
		p := concurrent.NewPool(o)
		defer p.Shutdown(background)
		f(t, p)
	})
}

// balanced checks that every task submitted to p is accounted for.
func balanced(t *testing.T, p *concurrent.Pool) concurrent.PoolStats {
	t.Helper()
	s := p.Stats()
	assert.Equal(t, s.Submitted, s.Done+s.Canceled+s.Rejected+int64(s.Queued+s.Running+s.Waiting), "tasks accounted for")
	return s
}

func TestPoolSubmit(t *testing.T) {
	pooled(t, "results", concurrent.PoolOptions{Workers: 3}, func(t *testing.T, p *concurrent.Pool) {
		start := time.Now()
		var fs []*concurrent.Future[int]
		for i := range 9 {
			fs = append(fs, concurrent.Submit(background, p, i, square))
		}
		for i, f := range fs {
			mustEnd(t, f, concurrent.Done, i*i, nil)
		}
		assert.Equal(t, 3*time.Second, time.Since(start), "9 tasks of 1 s on 3 workers took")
		synctest.Wait()
		s := balanced(t, p)
		assert.Equal(t, int64(9), s.Done)
		assert.Zero(t, s.Failed)
		assert.Equal(t, 3, s.Workers)
		assert.Equal(t, 3, s.Idle)
		assert.Equal(t, 3, s.Limit)
	})
	pooled(t, "failures", concurrent.PoolOptions{Workers: 1}, func(t *testing.T, p *concurrent.Pool) {
		fail := func(_ context.Context, err error) (int, error) { return 3, err }
		mustEnd(t, concurrent.Submit(background, p, io.EOF, fail), concurrent.Done, 3, io.EOF)
		boom := func(context.Context, int) (int, error) { return explodeEOF() }
		assert.IsType(t, &concurrent.PanicError{}, concurrent.Submit(background, p, 1, boom).Err(background))
		exit := func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil }
		for range 3 { // each of which costs a worker
			assert.Equal(t, concurrent.ErrGoexit, concurrent.Submit(background, p, 1, exit).Err(background))
		}
		f := concurrent.Submit(background, p, 1, exit)
		mustEnd(t, concurrent.Submit(background, p, 5, square), concurrent.Done, 25, nil)
		f.Err(background)
		synctest.Wait()
		s := balanced(t, p)
		assert.Equal(t, int64(7), s.Done)
		assert.Equal(t, int64(6), s.Failed)
		assert.Equal(t, 1, s.Workers)
	})
	pooled(t, "callbacks that end the worker", concurrent.PoolOptions{Workers: 1}, func(t *testing.T, p *concurrent.Pool) {
		old := concurrent.SetFailureHook(func(concurrent.Failure) {})
		defer func() { concurrent.SetFailureHook(old) }()
		f := concurrent.Submit(background, p, 5, square)
		f.OnDone(runtime.Goexit)
		mustEnd(t, concurrent.Submit(background, p, 6, square), concurrent.Done, 36, nil)
		mustEnd(t, f, concurrent.Done, 25, nil)
	})
	pooled(t, "context", concurrent.PoolOptions{Workers: 1}, func(t *testing.T, p *concurrent.Pool) {
		ctx, cancel := context.WithCancelCause(context.WithValue(background, ctxKey{}, 5))
		f := concurrent.Submit(ctx, p, 1, func(ctx context.Context, v int) (int, error) {
			return untilDone(ctx, ctx.Value(ctxKey{}).(int))
		})
		queued := concurrent.Submit(ctx, p, 1, untilDone)
		synctest.Wait()
		cancel(errWhy)
		mustEnd(t, f, concurrent.Canceled, 5, errWhy)
		mustEnd(t, queued, concurrent.Canceled, 0, errWhy)
		mustEnd(t, concurrent.Submit(ctx, p, 1, untilDone), concurrent.Canceled, 0, errWhy)
		synctest.Wait()
		assert.Equal(t, int64(3), balanced(t, p).Canceled)
	})
}

func TestPoolMisuse(t *testing.T) {
	misuse(t, "Workers", func() { concurrent.NewPool(concurrent.PoolOptions{Workers: -1}) })
	misuse(t, "Queue", func() { concurrent.NewPool(concurrent.PoolOptions{Queue: -2}) })
	misuse(t, "Policy", func() { concurrent.NewPool(concurrent.PoolOptions{Policy: 3}) })
	misuse(t, "Policy", func() { concurrent.NewPool(concurrent.PoolOptions{Policy: -1}) })
	misuse(t, "NewPool", func() { concurrent.NewPool(concurrent.PoolOptions{}, concurrent.PoolOptions{}) })
	misuse(t, "NewPool", func() { concurrent.Submit(background, new(concurrent.Pool), 1, square) })
	p := concurrent.NewPool()
	defer p.Close()
	misuse(t, "Resize", func() { p.Resize(0) })
	misuse(t, "Submit", func() { concurrent.Submit[int, int](background, p, 1, nil) })
	misuse(t, "Submit", func() {
		concurrent.Submit(background, p, 1, square, concurrent.SubmitOptions{}, concurrent.SubmitOptions{})
	})
	misuse(t, "On", func() { concurrent.On[int, int](p, nil) })
	s := p.Stats()
	assert.Equal(t, runtime.GOMAXPROCS(0), s.Limit)
	assert.Zero(t, s.Workers)
}

// Workers are started when there is work for them, and not before.
func TestPoolLazy(t *testing.T) {
	pooled(t, "", concurrent.PoolOptions{Workers: 100, Idle: 10 * time.Second}, func(t *testing.T, p *concurrent.Pool) {
		for range 10 { // one after the other: one worker
			concurrent.Submit(background, p, 1, square).Result(background)
			synctest.Wait()
		}
		assert.Equal(t, 1, p.Stats().Workers, "workers for one task at a time")
		for range 20 {
			concurrent.Submit(background, p, 1, square)
		}
		synctest.Wait()
		s := p.Stats()
		assert.Equal(t, 20, s.Workers, "for 20 tasks at a time")
		assert.Equal(t, 20, s.Running, "for 20 tasks at a time")
		assert.Zero(t, s.Queued, "for 20 tasks at a time")
		// One stays in use, the others end.
		for range 20 {
			concurrent.Submit(background, p, 1, square).Result(background)
			synctest.Wait()
		}
		assert.Equal(t, 1, p.Stats().Workers, "workers long after 20 were wanted")
		// The last one ends too, in its time.
		time.Sleep(9 * time.Second)
		assert.Equal(t, 1, p.Stats().Workers, "the last worker ended too early")
		time.Sleep(7 * time.Second)
		synctest.Wait()
		assert.Zero(t, p.Stats().Workers, "workers of an idle pool")
		mustEnd(t, concurrent.Submit(background, p, 3, square), concurrent.Done, 9, nil)
	})
	pooled(t, "for ever", concurrent.PoolOptions{Workers: 4, Idle: -1}, func(t *testing.T, p *concurrent.Pool) {
		for range 4 {
			concurrent.Submit(background, p, 1, square)
		}
		time.Sleep(1000 * time.Hour)
		s := p.Stats()
		assert.Equal(t, 4, s.Workers)
		assert.Equal(t, 4, s.Idle)
	})
}

func TestPoolResize(t *testing.T) {
	pooled(t, "", concurrent.PoolOptions{Workers: 1, Queue: 100}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		var fs []*concurrent.Future[int]
		for range 20 {
			fs = append(fs, concurrent.Submit(background, p, release, hold))
		}
		running := func(want int) {
			t.Helper()
			synctest.Wait()
			s := p.Stats()
			assert.Equal(t, want, s.Running)
			assert.Equal(t, want, s.Workers)
			assert.Equal(t, want, s.Limit)
			assert.Equal(t, 20-want, s.Queued)
		}
		running(1)
		p.Resize(5)
		running(5)
		p.Resize(9)
		running(9)
		p.Resize(2) // no task is interrupted
		synctest.Wait()
		s := p.Stats()
		assert.Equal(t, 9, s.Running)
		assert.Equal(t, 2, s.Limit)
		close(release)
		concurrent.Wait(background, concurrent.AllCompleted, fs...)
		synctest.Wait()
		s = p.Stats()
		// two that leave at the same time may be one too many
		assert.GreaterOrEqual(t, s.Workers, 1)
		assert.LessOrEqual(t, s.Workers, 2)
		assert.Equal(t, s.Workers, s.Idle)
		assert.Equal(t, int64(20), s.Done)
		p.Resize(1) // of idle ones
		synctest.Wait()
		s = p.Stats()
		assert.Equal(t, 1, s.Workers)
		assert.Equal(t, 1, s.Idle)
		mustEnd(t, concurrent.Submit(background, p, 3, square), concurrent.Done, 9, nil)
	})
	pooled(t, "makes room", concurrent.PoolOptions{Workers: 1, Queue: 1}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		var taken atomic.Int32
		for range 5 {
			go func() {
				concurrent.Submit(background, p, release, hold)
				taken.Add(1)
			}()
		}
		synctest.Wait()
		s := balanced(t, p)
		assert.Equal(t, int32(2), taken.Load())
		assert.Equal(t, 3, s.Waiting)
		p.Resize(3)
		synctest.Wait()
		s = balanced(t, p)
		assert.Equal(t, int32(4), taken.Load())
		assert.Equal(t, 1, s.Waiting)
		assert.Equal(t, 3, s.Running)
		close(release)
	})
}

func TestPoolPolicy(t *testing.T) {
	// fill gives p as many tasks as it takes: 2 running, 3 queued.
	fill := func(p *concurrent.Pool) (release chan struct{}) {
		release = make(chan struct{})
		for range 5 {
			concurrent.Submit(background, p, release, hold)
		}
		synctest.Wait()
		return release
	}
	options := func(policy concurrent.QueuePolicy) concurrent.PoolOptions {
		return concurrent.PoolOptions{Workers: 2, Queue: 3, Policy: policy}
	}
	pooled(t, "block", options(concurrent.Block), func(t *testing.T, p *concurrent.Pool) {
		release := fill(p)
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		start := time.Now()
		mustEnd(t, concurrent.Submit(ctx, p, 1, square), concurrent.Canceled, 0, errWhy)
		assert.Equal(t, time.Second, time.Since(start), "how long Submit blocked")
		s := balanced(t, p)
		assert.Equal(t, int64(1), s.Canceled)
		assert.Zero(t, s.Waiting)
		time.AfterFunc(time.Second, func() { close(release) })
		start = time.Now()
		f := concurrent.Submit(background, p, 2, square)
		assert.Equal(t, time.Second, time.Since(start), "how long Submit blocked")
		mustEnd(t, f, concurrent.Done, 4, nil)
	})
	pooled(t, "reject", options(concurrent.Reject), func(t *testing.T, p *concurrent.Pool) {
		release := fill(p)
		mustEnd(t, concurrent.Submit(background, p, 1, square), concurrent.Done, 0, concurrent.ErrFull)
		_, err := concurrent.On(p, square)(background, 1)
		assert.Equal(t, concurrent.ErrFull, err, "On")
		assert.Equal(t, int64(2), balanced(t, p).Rejected)
		close(release)
		synctest.Wait()
		mustEnd(t, concurrent.Submit(background, p, 2, square), concurrent.Done, 4, nil)
	})
	pooled(t, "caller runs", options(concurrent.CallerRuns), func(t *testing.T, p *concurrent.Pool) {
		release := fill(p)
		f := concurrent.Submit(background, p, 2, square)
		assert.Equal(t, concurrent.Done, f.State(), "Submit returned before the end")
		mustEnd(t, f, concurrent.Done, 4, nil)
		exited := make(chan *concurrent.Future[int])
		go func() {
			defer close(exited)
			exited <- concurrent.Submit(background, p, 2, func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil })
		}()
		assert.Nil(t, <-exited, "Submit returned after a Goexit in its caller")
		s := balanced(t, p)
		assert.Equal(t, int64(2), s.CallerRan)
		assert.Equal(t, int64(2), s.Done)
		assert.Equal(t, int64(1), s.Failed)
		close(release)
	})
	pooled(t, "no bound", concurrent.PoolOptions{Workers: 1, Queue: -1, Policy: concurrent.Reject}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		for range 10_000 {
			concurrent.Submit(background, p, release, hold)
		}
		s := balanced(t, p)
		assert.Zero(t, s.Rejected)
		assert.Equal(t, 10_000, s.Queued+s.Running)
		close(release)
	})
}

// A task for which there is a worker needs no room in the queue.
func TestPoolRoomForWorkers(t *testing.T) {
	o := concurrent.PoolOptions{Workers: 10, Queue: 1, Policy: concurrent.Reject}
	pooled(t, "", o, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		for range 11 {
			concurrent.Submit(background, p, release, hold)
		}
		assert.Zero(t, p.Stats().Rejected, "rejected though there were workers for them")
		concurrent.Submit(background, p, release, hold).Err(background)
		assert.Equal(t, int64(1), p.Stats().Rejected, "rejected")
		close(release)
	})
}

// As many workers and as much room as there are numbers for are not none.
func TestPoolHuge(t *testing.T) {
	for _, policy := range []concurrent.QueuePolicy{concurrent.Block, concurrent.Reject} {
		for _, queue := range []int{1, math.MaxInt} {
			o := concurrent.PoolOptions{Workers: math.MaxInt, Queue: queue, Policy: policy}
			pooled(t, "", o, func(t *testing.T, p *concurrent.Pool) {
				mustEnd(t, concurrent.Submit(within(t, time.Minute), p, 3, square), concurrent.Done, 9, nil)
			})
		}
	}
}

// Whoever waits for room and gives up lets the next one have it.
func TestPoolRoomGivenUp(t *testing.T) {
	pooled(t, "", concurrent.PoolOptions{Workers: 1, Queue: 1}, func(t *testing.T, p *concurrent.Pool) {
		for range 100 {
			release := make(chan struct{})
			concurrent.Submit(background, p, release, hold)
			queued := concurrent.Submit(background, p, release, hold)
			ctx, cancel := context.WithCancel(background)
			var first, second atomic.Pointer[concurrent.Future[int]]
			go func() { first.Store(concurrent.Submit(ctx, p, release, hold)) }()
			synctest.Wait()
			go func() { second.Store(concurrent.Submit(background, p, release, hold)) }()
			synctest.Wait()
			go cancel()
			go queued.Cancel(nil)
			synctest.Wait()
			s := first.Load().State()
			if s == concurrent.Canceled {
				require.NotNil(t, second.Load(), "the room went to nobody")
			}
			close(release)
			synctest.Wait()
		}
		balanced(t, p)
	})
}

func TestPoolCancelOneQueued(t *testing.T) {
	pooled(t, "", concurrent.PoolOptions{Workers: 1, Queue: 50}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		busy := concurrent.Submit(background, p, release, hold)
		synctest.Wait()
		var fs []*concurrent.Future[int]
		var order []int
		for i := range 50 {
			fs = append(fs, concurrent.Submit(background, p, i, func(_ context.Context, i int) (int, error) {
				order = append(order, i)
				return i, nil
			}))
		}
		blocked := make(chan *concurrent.Future[int])
		go func() {
			blocked <- concurrent.Submit(background, p, 50, func(_ context.Context, i int) (int, error) {
				order = append(order, i)
				return i, nil
			})
		}()
		synctest.Wait()
		var want []int
		for i, f := range fs {
			if i%7 != 0 {
				assert.True(t, f.Cancel(errWhy), "task %d was not canceled", i)
				assert.Equal(t, concurrent.Canceled, f.State(), "task %d was not canceled", i)
			} else {
				want = append(want, i)
			}
		}
		last := <-blocked // its room is free at once
		s := balanced(t, p)
		assert.Equal(t, 9, s.Queued)
		assert.Equal(t, int64(42), s.Canceled)
		close(release)
		mustEnd(t, last, concurrent.Done, 50, nil)
		mustEnd(t, busy, concurrent.Done, 1, nil)
		want = append(want, 50)
		assert.Equal(t, want, order, "ran")
	})
}

// Tasks that were canceled and priorities that nobody uses any more leave
// nothing with the pool.
func TestPoolForgets(t *testing.T) {
	p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
	defer p.Close()
	t.Run("priorities", func(t *testing.T) {
		forgets(t, func(i int) {
			o := concurrent.SubmitOptions{Priority: i}
			concurrent.Submit(background, p, i, func(context.Context, int) (int, error) { return 0, nil }, o).Result(background)
		})
	})
	t.Run("canceled", func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		concurrent.Submit(background, p, release, hold)
		forgets(t, func(int) { concurrent.Submit(background, p, release, hold).Cancel(nil) })
	})
	t.Run("canceled priorities", func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		concurrent.Submit(background, p, release, hold)
		forgets(t, func(i int) {
			o := concurrent.SubmitOptions{Priority: i + 1}
			concurrent.Submit(background, p, release, hold, o).Cancel(nil)
		})
	})
	runtime.KeepAlive(p)
}

func TestPoolPriority(t *testing.T) {
	pooled(t, "", concurrent.PoolOptions{Workers: 1, Queue: 1000}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		concurrent.Submit(background, p, release, hold)
		synctest.Wait()
		type task struct{ priority, number int }
		var submitted, ran []task
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range 500 {
			task1 := task{rng.IntN(7) - 3, i}
			f := concurrent.Submit(background, p, task1, func(_ context.Context, task1 task) (int, error) {
				ran = append(ran, task1)
				return 0, nil
			}, concurrent.SubmitOptions{Priority: task1.priority})
			if rng.IntN(3) == 0 {
				f.Cancel(nil)
			} else {
				submitted = append(submitted, task1)
			}
		}
		close(release)
		p.Shutdown(background)
		slices.SortStableFunc(submitted, func(a, b task) int { return b.priority - a.priority })
		assert.Equal(t, submitted, ran, "ran in another order")
		balanced(t, p)
	})
}

// Tasks that wait for tasks which were submitted later do not hold up each other
// as long as there is a worker for each.
func TestPoolDependentTasks(t *testing.T) {
	pooled(t, "", concurrent.PoolOptions{Workers: 8}, func(t *testing.T, p *concurrent.Pool) {
		for range 50 {
			// A barrier of all workers, twice over.
			var fs []*concurrent.Future[int]
			release, arrived := make(chan struct{}), atomic.Int32{}
			for range 8 {
				fs = append(fs, concurrent.Submit(background, p, 0, func(context.Context, int) (int, error) {
					if arrived.Add(1) == 8 {
						close(release)
					}
					<-release
					return 0, nil
				}))
			}
			for _, f := range fs {
				f.Result(background)
			}
		}
	})
	pooled(t, "recursive", concurrent.PoolOptions{Workers: 1, Queue: 1, Policy: concurrent.CallerRuns}, func(t *testing.T, p *concurrent.Pool) {
		var fib func(ctx context.Context, n int) (int, error)
		fib = func(_ context.Context, n int) (int, error) {
			if n < 2 {
				return n, nil
			}
			a := concurrent.Submit(background, p, n-1, fib)
			b, err := fib(background, n-2)
			if a.Cancel(nil); a.State() == concurrent.Canceled { // still in the queue
				v, _ := fib(background, n-1)
				return v + b, err
			}
			v, err := a.Result(background)
			return v + b, err
		}
		v, err := fib(background, 15)
		assert.Equal(t, 610, v)
		assert.NoError(t, err)
	})
}

func TestPoolShutdown(t *testing.T) {
	bubble(t, "completes", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 2})
		var fs []*concurrent.Future[int]
		for i := range 10 {
			fs = append(fs, concurrent.Submit(background, p, i, square))
		}
		ctx, cancel := context.WithTimeoutCause(background, time.Second+1, errWhy)
		defer cancel()
		assert.Equal(t, errWhy, p.Shutdown(ctx), "before the end")
		assert.Equal(t, errWhy, p.Shutdown(ctx), "before the end with a context that is done")
		mustEnd(t, concurrent.Submit(background, p, 1, square), concurrent.Done, 0, concurrent.ErrClosed)
		_, err := concurrent.On(p, square)(background, 1)
		assert.ErrorIs(t, err, concurrent.ErrClosed, "On")
		assert.NoError(t, p.Shutdown(background))
		s := balanced(t, p)
		assert.Zero(t, s.Workers)
		assert.Equal(t, int64(10), s.Done)
		assert.Equal(t, int64(2), s.Rejected)
		for i, f := range fs {
			assert.Equal(t, concurrent.Done, f.State(), "task %d", i)
		}
		for range 2 {
			assert.NoError(t, p.Close())
		}
		assert.NoError(t, shutdown(ctx, p, true)) // it is over
	})
	bubble(t, "cancels", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 2})
		var fs []*concurrent.Future[int]
		for i := range 10 {
			fs = append(fs, concurrent.Submit(background, p, i, square, concurrent.SubmitOptions{Priority: i % 3}))
		}
		synctest.Wait()
		assert.NoError(t, shutdown(background, p, true))
		done, canceled := 0, 0
		for _, f := range fs {
			switch f.State() {
			case concurrent.Done:
				done++
			case concurrent.Canceled:
				canceled++
				err := f.Err(background)
				assert.ErrorIs(t, err, concurrent.ErrClosed)
				assert.ErrorIs(t, err, context.Canceled)
			}
		}
		s := balanced(t, p)
		assert.Equal(t, 2, done)
		assert.Equal(t, 8, canceled)
		assert.Equal(t, int64(2), s.Done)
		assert.Equal(t, int64(8), s.Canceled)
	})
	bubble(t, "closes", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 2})
		a := concurrent.Submit(background, p, 1, untilDone)
		b := concurrent.Submit(background, p, 2, func(ctx context.Context, v int) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Second)
			return v, nil
		})
		c := concurrent.Submit(background, p, 3, untilDone)
		synctest.Wait()
		start := time.Now()
		p.Close()
		assert.Equal(t, time.Second, time.Since(start))
		mustEnd(t, a, concurrent.Canceled, 1, concurrent.ErrClosed)
		mustEnd(t, b, concurrent.Done, 2, nil)
		mustEnd(t, c, concurrent.Canceled, 0, concurrent.ErrClosed)
	})
	bubble(t, "closes during a shutdown", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
		running := concurrent.Submit(background, p, 1, untilDone)
		queued := concurrent.Submit(background, p, 2, untilDone)
		waited := make(chan error)
		go func() { waited <- p.Shutdown(background) }()
		synctest.Wait()
		assert.NoError(t, p.Close())
		assert.NoError(t, <-waited, "Shutdown")
		mustEnd(t, running, concurrent.Canceled, 1, concurrent.ErrClosed)
		mustEnd(t, queued, concurrent.Canceled, 0, concurrent.ErrClosed)
	})
	bubble(t, "callers that wait", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1, Queue: 1})
		release := make(chan struct{})
		concurrent.Submit(background, p, release, hold)
		concurrent.Submit(background, p, release, hold)
		refused := make(chan error)
		for range 3 {
			go func() { refused <- concurrent.Submit(background, p, release, hold).Err(background) }()
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(background)
		cancel()
		p.Shutdown(ctx)
		for range 3 {
			assert.ErrorIs(t, <-refused, concurrent.ErrClosed)
		}
		close(release)
		p.Shutdown(background)
		balanced(t, p)
	})
	bubble(t, "idle", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 4})
		for range 4 {
			concurrent.Submit(background, p, 1, square)
		}
		time.Sleep(2 * time.Second)
		p.Shutdown(background)
		s := p.Stats()
		assert.Zero(t, s.Workers)
		assert.Zero(t, s.Idle)
	})
	bubble(t, "at once", func(t *testing.T) {
		concurrent.NewPool().Shutdown(background)
		concurrent.NewPool().Close()
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
		f := concurrent.Submit(background, p, 2, square)
		p.Shutdown(background)
		mustEnd(t, f, concurrent.Done, 4, nil)
	})
}

func TestPoolCancelQueued(t *testing.T) {
	pooled(t, "goes on", concurrent.PoolOptions{Workers: 1, Queue: 2}, func(t *testing.T, p *concurrent.Pool) {
		assert.Zero(t, p.CancelQueued(), "canceled, of none")
		running := concurrent.Submit(background, p, 2, square)
		synctest.Wait()
		queued := concurrent.Submit(background, p, 3, square)
		p.Go(background, func() { assert.Fail(t, "ran") })
		var waiting [3]*concurrent.Future[int]
		var callers sync.WaitGroup
		for i := range waiting {
			callers.Go(func() { waiting[i] = concurrent.Submit(background, p, i, square) })
		}
		synctest.Wait()
		assert.Equal(t, 2, p.CancelQueued(), "canceled")
		mustEnd(t, queued, concurrent.Canceled, 0, context.Canceled)
		assert.NotErrorIs(t, queued.Err(background), concurrent.ErrClosed, "the pool is not closed")
		synctest.Wait()
		s := balanced(t, p)
		assert.Equal(t, 2, s.Queued, "callers that waited have not got the room")
		assert.Equal(t, 1, s.Waiting, "callers that waited have not got the room")
		assert.Equal(t, int64(2), s.Canceled, "callers that waited have not got the room")
		mustEnd(t, running, concurrent.Done, 4, nil)
		callers.Wait()
		for i, f := range waiting {
			mustEnd(t, f, concurrent.Done, i*i, nil)
		}
	})
}

func TestPoolInitializer(t *testing.T) {
	var begun, ended atomic.Int32
	o := concurrent.PoolOptions{
		Workers:     3,
		Initializer: func() error { time.Sleep(time.Second); begun.Add(1); return nil },
		Finalizer:   func() { ended.Add(1) },
	}
	bubble(t, "success", func(t *testing.T) {
		p := concurrent.NewPool(o)
		start := time.Now()
		for i := range 3 {
			concurrent.Submit(background, p, i, square)
		}
		f := concurrent.Submit(background, p, 1, func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil })
		f.Err(background)
		assert.Equal(t, 2*time.Second, time.Since(start), "one initializer waited for another")
		mustEnd(t, concurrent.Submit(background, p, 5, square), concurrent.Done, 25, nil)
		p.Shutdown(background)
		b, e := begun.Load(), ended.Load()
		assert.GreaterOrEqual(t, b, int32(3))
		assert.LessOrEqual(t, b, int32(4))
		assert.Equal(t, e, b)
	})
	bubble(t, "one task, one worker", func(t *testing.T) {
		begun.Store(0)
		p := concurrent.NewPool(o)
		concurrent.Submit(background, p, 1, square).Result(background)
		p.Shutdown(background)
		assert.Equal(t, int32(1), begun.Load(), "workers for one task")
	})
	bubble(t, "all at once", func(t *testing.T) {
		var gate concurrent.WaitGroup
		gate.Add(3)
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 3, Initializer: func() error { gate.Done(); gate.Wait(); return nil }})
		for i := range 3 {
			concurrent.Submit(background, p, i, square)
		}
		p.Shutdown(background)
	})
	for name, initializer := range map[string]func() error{
		"fails":  func() error { time.Sleep(time.Second); return io.EOF },
		"panics": func() error { time.Sleep(time.Second); panic(io.EOF) },
	} {
		bubble(t, name, func(t *testing.T) {
			o := o
			o.Initializer = initializer
			o.Finalizer = func() { assert.Fail(t, "finalized what was not initialized") }
			p := concurrent.NewPool(o)
			var fs []*concurrent.Future[int]
			for i := range 9 {
				fs = append(fs, concurrent.Submit(background, p, i, square))
			}
			for _, f := range fs {
				mustEnd(t, f, concurrent.Done, 0, io.EOF)
				mustEnd(t, f, concurrent.Done, 0, concurrent.ErrClosed)
			}
			mustEnd(t, concurrent.Submit(background, p, 1, square), concurrent.Done, 0, io.EOF)
			p.Shutdown(background)
			assert.Equal(t, int64(10), balanced(t, p).Rejected)
		})
	}
	bubble(t, "exits", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Initializer: func() error { runtime.Goexit(); return nil }})
		mustEnd(t, concurrent.Submit(background, p, 1, square), concurrent.Done, 0, concurrent.ErrGoexit)
		p.Shutdown(background)
	})
	t.Run("finalizer fails", func(t *testing.T) {
		failures := hooked(t)
		for _, fail := range []func(){func() { panic(errUnseen) }, func() { defer runtime.Goexit(); panic(errUnseen) }} {
			p := concurrent.NewPool(concurrent.PoolOptions{Finalizer: fail})
			concurrent.Submit(background, p, 1, func(context.Context, int) (int, error) { return 1, nil })
			p.Shutdown(background)
		}
		f := <-failures
		assert.IsType(t, &concurrent.PanicError{}, f.Err)
		assert.Contains(t, f.Name, "TestPoolInitializer")
	})
}

func TestOn(t *testing.T) {
	pooled(t, "", concurrent.PoolOptions{Workers: 2}, func(t *testing.T, p *concurrent.Pool) {
		v, err := concurrent.On(p, square)(background, 7)
		assert.Equal(t, 49, v)
		assert.NoError(t, err)
		fail := concurrent.On(p, func(_ context.Context, v int) (int, error) { return v, io.EOF })
		v, err = fail(background, 7)
		assert.Equal(t, 7, v)
		assert.Equal(t, io.EOF, err)
		// An end that was another's is an error like any other.
		other := &concurrent.CanceledError{Cause: errWhy}
		relay := concurrent.On(p, func(_ context.Context, v int) (int, error) { return v, other })
		v, err = relay(background, 7)
		assert.Equal(t, 7, v)
		assert.Equal(t, other, err)
		// While it runs the call ends with the function.
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		start := time.Now()
		slow := func(ctx context.Context, v int) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Second)
			return v, fmt.Errorf("sorry: %w", ctx.Err())
		}
		v, err = concurrent.On(p, slow)(ctx, 7)
		assert.Equal(t, 7, v)
		assert.EqualError(t, err, "sorry: context deadline exceeded")
		assert.Equal(t, 2*time.Second, time.Since(start))
		// Done on entry, and in the queue.
		v, err = concurrent.On(p, square)(ctx, 7)
		assert.Zero(t, v)
		assert.Equal(t, errWhy, err)
		release := make(chan struct{})
		concurrent.Submit(background, p, release, hold)
		concurrent.Submit(background, p, release, hold)
		ctx, cancel = context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		start = time.Now()
		v, err = concurrent.On(p, square)(ctx, 7)
		assert.Zero(t, v)
		assert.Equal(t, errWhy, err)
		assert.Equal(t, time.Second, time.Since(start))
		close(release)
		synctest.Wait()
		s := balanced(t, p)
		assert.Zero(t, s.Queued)
		assert.Equal(t, int64(3), s.Canceled)
		// Panics and Goexit are those of a plain call.
		func() {
			defer func() {
				pe, ok := recover().(*concurrent.PanicError)
				require.True(t, ok, "panic")
				assert.Equal(t, io.ErrUnexpectedEOF, pe.Value, "panic")
			}()
			concurrent.On(p, func(context.Context, int) (int, error) { return explodeEOF() })(background, 1)
		}()
		exited := make(chan bool, 1)
		go func() {
			defer close(exited)
			concurrent.On(p, func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil })(background, 1)
			exited <- false
		}()
		_, returned := <-exited
		assert.False(t, returned, "On returned after a Goexit")
	})
}

func TestPoolGo(t *testing.T) {
	pooled(t, "runs", concurrent.PoolOptions{Workers: 2, Queue: 2}, func(t *testing.T, p *concurrent.Pool) {
		var sum atomic.Int64
		for i := range 100 {
			assert.NoError(t, p.Go(background, func() { time.Sleep(time.Second); sum.Add(int64(i)) }))
		}
		p.Shutdown(background)
		assert.Equal(t, int64(4950), sum.Load(), "the sum")
		assert.EqualError(t, p.Go(background, func() {}), "concurrent: the pool is closed", "after Shutdown")
		s := balanced(t, p)
		assert.Equal(t, int64(100), s.Done)
		assert.Equal(t, int64(1), s.Rejected)
	})
	pooled(t, "is not taken", concurrent.PoolOptions{Workers: 1, Queue: 1}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		never := func() { assert.Fail(t, "ran") }
		p.Go(background, func() { <-release })
		p.Go(background, func() { <-release })
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		for range 2 { // the second time it is done on entry
			assert.Equal(t, errWhy, p.Go(ctx, never))
		}
		assert.Equal(t, int64(2), balanced(t, p).Canceled)
		close(release)
	})
	pooled(t, "full", concurrent.PoolOptions{Workers: 1, Queue: 1, Policy: concurrent.Reject}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		p.Go(background, func() { <-release })
		p.Go(background, func() { <-release })
		assert.Equal(t, concurrent.ErrFull, p.Go(background, func() {}))
		close(release)
	})
	bubble(t, "dropped", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
		p.Go(background, func() { time.Sleep(time.Second) })
		synctest.Wait()
		p.Go(background, func() { assert.Fail(t, "ran") })
		p.Close()
		s := balanced(t, p)
		assert.Equal(t, int64(1), s.Done)
		assert.Equal(t, int64(1), s.Canceled)
	})
	t.Run("fails", func(t *testing.T) {
		failures := hooked(t)
		exits := hookedExits(t)
		for _, policy := range []concurrent.QueuePolicy{concurrent.Block, concurrent.CallerRuns} {
			p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1, Queue: 1, Policy: policy})
			running, release := make(chan struct{}), make(chan struct{})
			if policy == concurrent.CallerRuns {
				p.Go(background, func() { close(running); <-release })
				<-running
				p.Go(background, func() {})
			}
			p.Go(background, func() { explodeUnseen() })
			f := <-failures
			var pe *concurrent.PanicError
			require.ErrorAs(t, f.Err, &pe)
			assert.Contains(t, f.Name, "TestPoolGo")
			assert.Contains(t, string(pe.Stack), "explodeUnseen")
			done := make(chan bool)
			go func() {
				defer close(done)
				p.Go(background, runtime.Goexit)
			}()
			<-done
			<-exits
			close(release)
			p.Go(background, func() {}) // there is still a worker
			p.Shutdown(background)
			s := balanced(t, p)
			assert.Equal(t, int64(2), s.Failed)
			if policy == concurrent.CallerRuns {
				assert.GreaterOrEqual(t, s.CallerRan, int64(2))
			}
		}
		p := concurrent.NewPool(concurrent.PoolOptions{Initializer: func() error { return io.EOF }})
		assert.NoError(t, p.Go(background, func() { assert.Fail(t, "ran") }))
		for p.Stats().Rejected == 0 {
			runtime.Gosched()
		}
		err := p.Go(background, func() {})
		assert.ErrorIs(t, err, io.EOF)
		assert.ErrorIs(t, err, concurrent.ErrClosed)
		p.Shutdown(background)
		assert.Equal(t, int64(2), balanced(t, p).Rejected)
	})
	p := concurrent.NewPool()
	defer p.Close()
	misuse(t, "Go", func() { p.Go(background, nil) })
}

// The names of pools and tasks are where one looks for them.
func TestPoolNames(t *testing.T) {
	p := concurrent.NewPool(concurrent.PoolOptions{Name: "letters", Workers: 1})
	defer p.Close()
	profile := func() string {
		var b strings.Builder
		pprof.Lookup("goroutine").WriteTo(&b, 1)
		return b.String()
	}
	got := concurrent.Submit(background, p, 1, func(context.Context, int) (string, error) { return profile(), nil }, concurrent.SubmitOptions{Name: "alpha"})
	text, _ := got.Result(background)
	assert.Contains(t, text, `{"pool":"letters", "task":"alpha"}`, "the labels of a task")
	got = concurrent.Submit(background, p, 1, func(context.Context, int) (string, error) { return profile(), nil })
	text, _ = got.Result(background)
	assert.Contains(t, text, `{"pool":"letters"}`, "the labels of the worker afterwards")
	// The next one does not inherit them, nor those of its submitter.
	pprof.Do(background, pprof.Labels("who", "me"), func(ctx context.Context) {
		p.Resize(2)
		release := make(chan struct{})
		concurrent.Submit(background, p, release, hold)
		got := concurrent.Submit(background, p, 1, func(context.Context, int) (string, error) { return profile(), nil })
		text, _ := got.Result(background)
		close(release)
		assert.Contains(t, text, `{"pool":"letters"}`, "the labels of a worker")
		assert.NotContains(t, text, "alpha", "the labels of a worker")
		assert.LessOrEqual(t, strings.Count(text, `"me"`), 1, "the labels of a worker")
	})
	failures := hooked(t)
	concurrent.Submit(background, p, 1, func(context.Context, int) (int, error) { return 1, errUnseen }, concurrent.SubmitOptions{Name: "beta"})
	assert.Equal(t, "beta", collected(t, failures).Name, "name of the failure")
}

// In an execution trace a task is a region, of its name or else its function's.
func TestPoolTrace(t *testing.T) {
	var text bytes.Buffer
	if err := trace.Start(&text); err != nil {
		t.Skip(err) // the tests are being traced
	}
	p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
	one := func(context.Context, int) (int, error) { return 1, nil }
	concurrent.Submit(background, p, 1, one, concurrent.SubmitOptions{Name: "a task by name"})
	concurrent.Submit(background, p, 1, one)
	p.Shutdown(background)
	trace.Stop()
	for _, region := range []string{"a task by name", "concurrent_test.TestPoolTrace.func1"} {
		assert.Contains(t, text.String(), region, "the regions of the trace")
	}
}

func TestPoolStatsJSON(t *testing.T) {
	p := concurrent.NewPool(concurrent.PoolOptions{Name: "x", Workers: 3})
	p.Shutdown(background)
	text, err := json.Marshal(p.Stats())
	want := `{"name":"x","limit":3,"workers":0,"idle":0,"running":0,"queued":0,"waiting":0,` +
		`"submitted":0,"done":0,"failed":0,"canceled":0,"rejected":0,"caller_ran":0}`
	assert.NoError(t, err)
	assert.Equal(t, want, string(text))
}

// Many producers, tasks of all kinds, cancellations at all times, resizes, and
// a shutdown in the middle: nothing is lost or counted twice.
func TestPoolStorm(t *testing.T) {
	for _, policy := range []concurrent.QueuePolicy{concurrent.Block, concurrent.Reject, concurrent.CallerRuns} {
		for round := range 6 {
			p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1 + round, Queue: 1 + 3*round, Policy: policy})
			var ran, submitted atomic.Int64
			var producers sync.WaitGroup
			states := make([]atomic.Int64, 4)
			for producer := range 8 {
				producers.Go(func() {
					rng := rand.New(rand.NewPCG(uint64(round), uint64(producer)))
					for range 500 {
						ctx, cancel := context.WithCancel(background)
						kind, when := rng.IntN(8), rng.IntN(6)
						if when == 0 {
							go cancel()
						}
						f := concurrent.Submit(ctx, p, kind, func(ctx context.Context, kind int) (int, error) {
							ran.Add(1)
							switch kind {
							case 0:
								return 0, io.EOF
							case 1:
								runtime.Gosched()
								return 0, ctx.Err()
							}
							return kind, nil
						}, concurrent.SubmitOptions{Priority: kind % 3})
						submitted.Add(1)
						if when == 1 {
							f.Cancel(errWhy)
						}
						if when == 2 {
							runtime.Gosched()
							f.Cancel(errWhy)
						}
						if when == 3 {
							p.Resize(1 + rng.IntN(6))
						}
						f.Err(background)
						states[f.State()].Add(1)
						cancel()
					}
				})
			}
			if round%2 == 1 {
				for submitted.Load() < 2000 {
					runtime.Gosched()
				}
				shutdown(background, p, round%4 == 1)
			}
			producers.Wait()
			p.Shutdown(background)
			s := balanced(t, p)
			assert.Equal(t, submitted.Load(), s.Submitted)
			assert.Zero(t, s.Workers)
			assert.Zero(t, s.Queued)
			assert.Zero(t, s.Running)
			assert.Equal(t, s.Canceled, states[concurrent.Canceled].Load(), "futures that are canceled")
			assert.Equal(t, s.Done+s.Rejected, states[concurrent.Done].Load(), "futures that are done")
			assert.GreaterOrEqual(t, ran.Load(), s.Done)
			assert.LessOrEqual(t, ran.Load(), s.Done+s.Canceled)
		}
	}
}

// Producers that do not wait for their tasks.
func TestPoolFlood(t *testing.T) {
	for workers := 1; workers <= 4; workers++ {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: workers, Queue: workers})
		var sum atomic.Int64
		var producers sync.WaitGroup
		for range 4 {
			producers.Go(func() {
				for i := range 5000 {
					concurrent.Submit(background, p, i, func(_ context.Context, i int) (int, error) { sum.Add(int64(i)); return 0, nil })
				}
			})
		}
		producers.Wait()
		p.Shutdown(background)
		assert.Equal(t, int64(4*5000*4999/2), sum.Load(), "the sum")
		balanced(t, p)
	}
}

func TestPoolAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
	defer p.Close()
	double := func(_ context.Context, v int) (int, error) { return 2 * v, nil }
	n := testing.AllocsPerRun(1000, func() {
		f := concurrent.Submit(background, p, 1, double)
		for f.State() != concurrent.Done {
			runtime.Gosched()
		}
		f.Result(background)
	})
	assert.LessOrEqual(t, n, 1.0, "allocations of Submit and Result")
	done := make(chan bool, 1)
	call := func() { done <- true }
	assert.Zero(t, testing.AllocsPerRun(1000, func() { p.Go(background, call); <-done }), "allocations of Go")
	on := concurrent.On(p, double)
	assert.LessOrEqual(t, testing.AllocsPerRun(1000, func() { on(background, 1) }), 2.0, "allocations of On")
}
