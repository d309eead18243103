package concurrent_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/functional/par"
)

// The behaviours of CPython's ThreadPoolExecutor that carry over. Its map is
// ParMap or ParMapSeq over On here.
func TestConformancePool(t *testing.T) {
	five := concurrent.PoolOptions{Workers: 5}

	pooled(t, "test_concurrent_futures/ExecutorTest/test_submit", five, func(t *testing.T, p *concurrent.Pool) {
		mustEnd(t, concurrent.Submit(background, p, 16, square), concurrent.Done, 256, nil)
	})
	pooled(t, "test_concurrent_futures/ExecutorTest/test_map", five, func(t *testing.T, p *concurrent.Pool) {
		got, err := par.Map(background, []int{1, 2, 3, 4}, concurrent.On(p, square))
		if !slices.Equal(got, []int{1, 4, 9, 16}) || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
	})
	pooled(t, "test_concurrent_futures/ExecutorTest/test_map_exception", five, func(t *testing.T, p *concurrent.Pool) {
		var got []int
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
		if len(got) > 2 || !slices.Equal(got, []int{5, 2}[:len(got)]) || !errors.Is(failure, io.EOF) {
			t.Errorf("got %v, %v", got, failure)
		}
	})
	t.Run("test_concurrent_futures/ExecutorTest/test_free_reference", func(t *testing.T) {
		p := concurrent.NewPool(five)
		defer p.Close()
		made := concurrent.On(p, func(context.Context, int) (*[64]byte, error) { return new([64]byte), nil })
		for v, err := range par.MapSeq(background, slices.Values(make([]int, 10)), made) {
			if err != nil {
				t.Fatal(err)
			}
			w := weak.Make(v)
			v = nil
			for range 100 {
				runtime.GC()
				if w.Value() == nil {
					break
				}
				runtime.Gosched()
			}
			if w.Value() != nil {
				t.Error("somebody still has a result that was handed out")
			}
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
		if n != 2 || failure != errWhy {
			t.Errorf("got %d results and %v", n, failure)
		}
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
	t.Run("test_concurrent_futures/ExecutorTest/test_max_workers_negative", func(t *testing.T) {
		misuse(t, "Workers", func() { concurrent.NewPool(concurrent.PoolOptions{Workers: -1}) })
	})
	bubble(t, "test_concurrent_futures/ThreadPoolExecutorTest/test_map_submits_without_iteration", func(t *testing.T) {
		p := concurrent.NewPool(five)
		finished := make(chan int, 10)
		for i := range 10 {
			p.Go(background, func() { finished <- i })
		}
		p.Shutdown(background)
		if len(finished) != 10 {
			t.Errorf("%d have finished", len(finished))
		}
	})
	pooled(t, "test_concurrent_futures/ThreadPoolExecutorTest/test_default_workers", concurrent.PoolOptions{}, func(t *testing.T, p *concurrent.Pool) {
		if got, want := p.Stats().Limit, runtime.GOMAXPROCS(0); got != want {
			t.Errorf("%d workers, want %d", got, want)
		}
	})
	pooled(t, "test_concurrent_futures/ThreadPoolExecutorTest/test_saturation", concurrent.PoolOptions{Workers: 4}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		for range 60 {
			concurrent.Submit(background, p, release, hold)
		}
		synctest.Wait()
		if n := p.Stats().Workers; n != 4 {
			t.Errorf("%d workers", n)
		}
		close(release)
	})
	pooled(t, "test_concurrent_futures/ThreadPoolExecutorTest/test_idle_thread_reuse", five, func(t *testing.T, p *concurrent.Pool) {
		for i := range 3 {
			concurrent.Submit(background, p, i, square).Result(background)
			synctest.Wait()
		}
		if n := p.Stats().Workers; n != 1 {
			t.Errorf("%d workers", n)
		}
	})
	pooled(t, "test_concurrent_futures/ThreadPoolExecutorTest/test_executor_map_current_future_cancel", concurrent.PoolOptions{Workers: 1}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		first := concurrent.Submit(background, p, release, hold)
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		never := concurrent.On(p, func(context.Context, int) (int, error) { t.Error("ran"); return 0, nil })
		if _, err := par.Map(ctx, []int{2, 3}, never); err != errWhy {
			t.Errorf("got %v", err)
		}
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
		if n := p.Stats().Workers; n != 3 {
			t.Errorf("%d workers for 3 tasks", n)
		}
		close(release)
		p.Shutdown(background)
		if n := p.Stats().Workers; n != 0 {
			t.Errorf("%d workers after the end", n)
		}
	})
	bubble(t, "test_concurrent_futures/ThreadPoolShutdownTest/test_context_manager_shutdown", func(t *testing.T) {
		var p *concurrent.Pool
		func() {
			p = concurrent.NewPool(five)
			defer p.Close()
			par.Map(background, []int{-1, 0, 1}, concurrent.On(p, square))
		}()
		if n := p.Stats().Workers; n != 0 {
			t.Errorf("%d workers after the end", n)
		}
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
		if n := p.Stats().Workers; n != 0 {
			t.Errorf("%d workers", n)
		}
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
		if err := shutdown(ctx, p, cancelQueued); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Minute)
		if s := balanced(t, p); s.Workers != 0 || s.Done != done {
			t.Errorf("%+v", s)
		}
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
		if !strings.Contains(text, `"pool":"SpecialPool"`) {
			t.Errorf("the label is missing:\n%s", text)
		}
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
		if err := concurrent.Submit(background, p, 1, boom).Err(background); !isPanic(err) {
			t.Errorf("got %v", err)
		}
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
		if err := f.Err(background); err != concurrent.ErrGoexit {
			t.Errorf("got %v", err)
		}
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
		if err := f.Err(background); err != concurrent.ErrGoexit {
			t.Errorf("got %v", err)
		}
	})
}
