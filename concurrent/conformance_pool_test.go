package concurrent_test

import (
	"context"
	"io"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/functional/par"
)

// The behaviours of CPython's ThreadPoolExecutor that carry over. Its map is
// par.Map or par.MapSeq over On here. What differs is in sub-tests without a name of
// CPython's.
func TestConformancePool(t *testing.T) {
	five := concurrent.PoolOptions{Workers: 5}

	pooled(t, "test_concurrent_futures/ExecutorTest/test_submit", five, func(t *testing.T, p *concurrent.Pool) {
		mustEnd(t, concurrent.Submit(background, p, 16, square), concurrent.Done, 256, nil)
	})
	pooled(t, "test_concurrent_futures/ExecutorTest/test_map", five, func(t *testing.T, p *concurrent.Pool) {
		for _, chunk := range []int{0, 3} {
			got, err := par.Map(background, []int{0, 1, 2, 3, 4}, concurrent.On(p, square), par.Options{Chunk: chunk})
			assert.Equal(t, []int{0, 1, 4, 9, 16}, got)
			assert.NoError(t, err)
		}
	})
	pooled(t, "map that fails", five, func(t *testing.T, p *concurrent.Pool) {
		got := []int{} // none, if the failure comes first
		var failure error
		f := concurrent.On(p, func(_ context.Context, v int) (int, error) {
			if v == 0 {
				return 0, io.EOF
			}
			return 10 / v, nil
		})
		for v, err := range par.MapSeq(background, slices.Values([]int{2, 5, 0, 1}), f) {
			if failure = err; err != nil {
				break
			}
			got = append(got, v)
		}
		// The failure cancels the others, those before it too if they have not begun.
		require.LessOrEqual(t, len(got), 2)
		assert.Equal(t, []int{5, 2}[:len(got)], got)
		assert.ErrorIs(t, failure, io.EOF)
	})
	t.Run("test_concurrent_futures/ExecutorTest/test_free_reference", func(t *testing.T) {
		p := concurrent.NewPool(five)
		defer p.Close()
		made := concurrent.On(p, func(context.Context, int) (*[64]byte, error) { return new([64]byte), nil })
		for v, err := range par.MapSeq(background, slices.Values(make([]int, 10)), made) {
			require.NoError(t, err)
			w := weak.Make(v)
			v = nil
			for range 100 {
				runtime.GC()
				if w.Value() == nil {
					break
				}
				runtime.Gosched()
			}
			assert.Nil(t, w.Value(), "somebody still has a result that was handed out")
		}
	})
	pooled(t, "test_concurrent_futures/ExecutorTest/test_map_timeout", five, func(t *testing.T, p *concurrent.Pool) {
		ctx, cancel := context.WithTimeoutCause(background, 5*time.Second, errWhy)
		defer cancel()
		f := concurrent.On(p, func(ctx context.Context, v int) (int, error) {
			select {
			case <-time.After(time.Duration(v) * time.Second):
				return v, nil
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			}
		})
		n := 0
		var failure error
		for _, err := range par.MapSeq(ctx, slices.Values([]int{0, 0, 6}), f) {
			if failure = err; err == nil {
				n++
			}
		}
		assert.Equal(t, 2, n)
		assert.Equal(t, errWhy, failure)
	})
	bubble(t, "test_concurrent_futures/ExecutorTest/test_shutdown_race_issue12456", func(t *testing.T) {
		p := concurrent.NewPool(five)
		for range 6 {
			concurrent.Submit(background, p, 2, square)
		}
		p.Shutdown(background)
	})
	t.Run("test_concurrent_futures/ExecutorTest/test_no_stale_references", func(t *testing.T) {
		p := concurrent.NewPool(five)
		defer p.Close()
		collected := make(chan bool, 1)
		var f *concurrent.Future[int]
		func() {
			object := new([1 << 10]int)
			runtime.AddCleanup(object, func(c chan bool) { c <- true }, collected)
			f = concurrent.Submit(background, p, object, func(_ context.Context, object *[1 << 10]int) (int, error) { return object[0], nil })
		}()
		f.Result(background)
		for ok := false; !ok; {
			runtime.GC()
			select {
			case ok = <-collected:
			default:
				runtime.Gosched()
			}
		}
		runtime.KeepAlive(f) // the future is kept, what its function worked on is not
	})
	t.Run("negative workers", func(t *testing.T) {
		misuse(t, "Workers", func() { concurrent.NewPool(concurrent.PoolOptions{Workers: -1}) })
	})
	bubble(t, "tasks without a future all run", func(t *testing.T) {
		p := concurrent.NewPool(five)
		finished := make(chan int, 10)
		for i := range 10 {
			p.Go(background, func() { finished <- i })
		}
		p.Shutdown(background)
		assert.Len(t, finished, 10, "have finished")
	})
	pooled(t, "default workers", concurrent.PoolOptions{}, func(t *testing.T, p *concurrent.Pool) {
		assert.Equal(t, runtime.GOMAXPROCS(0), p.Stats().Limit, "workers")
	})
	pooled(t, "test_concurrent_futures/ThreadPoolExecutorTest/test_saturation", concurrent.PoolOptions{Workers: 4}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		for range 60 {
			concurrent.Submit(background, p, release, hold)
		}
		synctest.Wait()
		assert.Equal(t, 4, p.Stats().Workers, "workers")
		close(release)
	})
	pooled(t, "test_concurrent_futures/ThreadPoolExecutorTest/test_idle_thread_reuse", five, func(t *testing.T, p *concurrent.Pool) {
		for i := range 3 {
			concurrent.Submit(background, p, i, square).Result(background)
			synctest.Wait()
		}
		assert.Equal(t, 1, p.Stats().Workers, "workers")
	})
	pooled(t, "test_concurrent_futures/ThreadPoolExecutorTest/test_executor_map_current_future_cancel", concurrent.PoolOptions{Workers: 1}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		first := concurrent.Submit(background, p, release, hold)
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		never := concurrent.On(p, func(context.Context, int) (int, error) { assert.Fail(t, "ran"); return 0, nil })
		_, err := par.Map(ctx, []int{2, 3}, never)
		assert.Equal(t, errWhy, err)
		close(release)
		mustEnd(t, first, concurrent.Done, 1, nil)
	})

	pooled(t, "test_concurrent_futures/ExecutorShutdownTest/test_run_after_shutdown", five, func(t *testing.T, p *concurrent.Pool) {
		p.Shutdown(background)
		mustEnd(t, concurrent.Submit(background, p, 2, square), concurrent.Done, 0, concurrent.ErrClosed)
	})
	pooled(t, "test_concurrent_futures/ExecutorShutdownTest/test_hang_issue12364", five, func(t *testing.T, p *concurrent.Pool) {
		var fs []*concurrent.Future[int]
		for i := range 50 {
			fs = append(fs, concurrent.Submit(background, p, i, square))
		}
		p.Shutdown(background)
		for i, f := range fs {
			mustEnd(t, f, concurrent.Done, i*i, nil)
		}
	})
	pooled(t, "test_concurrent_futures/ExecutorShutdownTest/test_cancel_futures", five, func(t *testing.T, p *concurrent.Pool) {
		var fs []*concurrent.Future[int]
		for range 50 {
			fs = append(fs, concurrent.Submit(background, p, 1, square))
		}
		synctest.Wait()
		shutdown(background, p, true)
		for i, f := range fs {
			if i < 5 {
				mustEnd(t, f, concurrent.Done, 1, nil)
			} else {
				mustEnd(t, f, concurrent.Canceled, 0, concurrent.ErrClosed)
			}
		}
	})
	pooled(t, "test_concurrent_futures/ExecutorShutdownTest/test_hang_gh94440", concurrent.PoolOptions{Workers: 1}, func(t *testing.T, p *concurrent.Pool) {
		concurrent.Submit(background, p, 1, square).Result(background)
		concurrent.Submit(background, p, 1, square).Cancel(nil)
		p.Shutdown(background)
	})
	pooled(t, "test_concurrent_futures/ThreadPoolShutdownTest/test_threads_terminate", five, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		for range 3 {
			concurrent.Submit(background, p, release, hold)
		}
		synctest.Wait()
		assert.Equal(t, 3, p.Stats().Workers, "workers for 3 tasks")
		close(release)
		p.Shutdown(background)
		assert.Zero(t, p.Stats().Workers, "workers after the end")
	})
	bubble(t, "test_concurrent_futures/ThreadPoolShutdownTest/test_context_manager_shutdown", func(t *testing.T) {
		var p *concurrent.Pool
		func() {
			p = concurrent.NewPool(five)
			defer p.Close()
			got, err := par.Map(background, []int{-2, -1, 0, 1}, concurrent.On(p, square))
			assert.Equal(t, []int{4, 1, 0, 1}, got)
			assert.NoError(t, err)
		}()
		assert.Zero(t, p.Stats().Workers, "workers after the end")
	})
	bubble(t, "test_concurrent_futures/ThreadPoolShutdownTest/test_del_shutdown", func(t *testing.T) {
		// A pool that is left alone finishes its work, and its workers leave.
		var fs []*concurrent.Future[int]
		p := concurrent.NewPool(five)
		for i := range 10 {
			fs = append(fs, concurrent.Submit(background, p, i, square))
		}
		for i, f := range fs {
			mustEnd(t, f, concurrent.Done, i*i, nil)
		}
		time.Sleep(time.Minute)
		assert.Zero(t, p.Stats().Workers, "workers")
	})
	// noWait checks a shutdown that does not wait.
	noWait := func(t *testing.T, cancelQueued bool, done int64) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 2})
		for range 6 {
			concurrent.Submit(background, p, 1, square)
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(background)
		cancel()
		assert.ErrorIs(t, shutdown(ctx, p, cancelQueued), context.Canceled)
		time.Sleep(time.Minute)
		s := balanced(t, p)
		assert.Zero(t, s.Workers)
		assert.Equal(t, done, s.Done)
	}
	bubble(t, "test_concurrent_futures/ThreadPoolShutdownTest/test_shutdown_no_wait", func(t *testing.T) { noWait(t, false, 6) })
	bubble(t, "test_concurrent_futures/ThreadPoolShutdownTest/test_cancel_futures_wait_false", func(t *testing.T) { noWait(t, true, 2) })

	t.Run("test_concurrent_futures/ThreadPoolShutdownTest/test_thread_names_assigned", func(t *testing.T) {
		// Goroutines have no names; profiles have labels.
		p := concurrent.NewPool(concurrent.PoolOptions{Name: "SpecialPool"})
		defer p.Close()
		text, _ := concurrent.Submit(background, p, 1, func(context.Context, int) (string, error) {
			var b strings.Builder
			pprof.Lookup("goroutine").WriteTo(&b, 1)
			return b.String(), nil
		}).Result(background)
		assert.Contains(t, text, `"pool":"SpecialPool"`, "the label is missing")
	})

	t.Run("test_concurrent_futures/InitializerMixin/test_initializer", func(t *testing.T) {
		status := make(chan string, 2)
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1, Initializer: func() error { status <- "initialized"; return nil }})
		defer p.Close()
		f := concurrent.Submit(background, p, 1, func(context.Context, int) (string, error) { return <-status, nil })
		mustEnd(t, f, concurrent.Done, "initialized", nil)
	})
	t.Run("test_concurrent_futures/FailingInitializerMixin/test_initializer", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 2, Initializer: func() error { return io.EOF }})
		defer p.Close()
		for range 2 {
			mustEnd(t, concurrent.Submit(background, p, 1, square), concurrent.Done, 0, io.EOF)
		}
	})
	t.Run("test_concurrent_futures/ExecutorDeadlockTest/test_crash_during_func_exec_on_worker", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
		defer p.Close()
		boom := func(context.Context, int) (int, error) { return explodeEOF() }
		assert.IsType(t, &concurrent.PanicError{}, concurrent.Submit(background, p, 1, boom).Err(background))
	})
	bubble(t, "test_concurrent_futures/ExecutorDeadlockTest/test_error_during_func_exec_on_worker", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
		defer p.Close()
		mustEnd(t, concurrent.Submit(background, p, 1, func(context.Context, int) (int, error) { return 0, io.EOF }), concurrent.Done, 0, io.EOF)
	})
	bubble(t, "test_concurrent_futures/ExecutorDeadlockTest/test_exit_during_func_exec_on_worker", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
		exit := func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil }
		f := concurrent.Submit(background, p, 1, exit)
		mustEnd(t, concurrent.Submit(background, p, 2, square), concurrent.Done, 4, nil)
		assert.Equal(t, concurrent.ErrGoexit, f.Err(background))
		p.Shutdown(background)
	})
	bubble(t, "test_concurrent_futures/ExecutorDeadlockTest/test_shutdown_deadlock", func(t *testing.T) {
		// A shutdown while a task that ends its worker is under way.
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 2})
		f := concurrent.Submit(background, p, 1, func(context.Context, int) (int, error) {
			time.Sleep(time.Second)
			runtime.Goexit()
			return 0, nil
		})
		p.Shutdown(background)
		assert.Equal(t, concurrent.ErrGoexit, f.Err(background))
	})
}
