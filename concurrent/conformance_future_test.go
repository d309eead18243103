package concurrent_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/fanfold/fanfold/concurrent"
)

// The behaviours of CPython's futures that carry over, under the names of the
// tests there. Cancel of a running future returns true here: it asks.

// resultOf returns what Result returns without waiting.
func resultOf(f *concurrent.Future[int]) (int, error) {
	ctx, cancel := context.WithTimeoutCause(background, 0, errWhy)
	defer cancel()
	if f.State() >= concurrent.Done {
		ctx = background
	}
	return f.Result(ctx)
}

func TestConformanceFuture(t *testing.T) {
	// callback checks that a callback, given before or after end, sees how f ended.
	callback := func(t *testing.T, late bool, state concurrent.FutureState, v int, want error, end func(*concurrent.Promise[int])) {
		p := concurrent.NewPromise[int]()
		called := 0
		give := func() {
			p.Future().OnDone(func() {
				called++
				mustEnd(t, p.Future(), state, v, want)
			})
		}
		if !late {
			give()
		}
		end(p)
		if late {
			give()
		}
		if called != 1 {
			t.Errorf("the callback was called %d times", called)
		}
	}
	resolve := func(p *concurrent.Promise[int]) { p.Resolve(5) }
	reject := func(p *concurrent.Promise[int]) { p.Reject(io.EOF) }
	cancel := func(p *concurrent.Promise[int]) { p.Future().Cancel(errWhy) }

	t.Run("test_concurrent_futures/FutureTests/test_done_callback_with_result", func(t *testing.T) {
		callback(t, false, concurrent.Done, 5, nil, resolve)
	})
	t.Run("test_concurrent_futures/FutureTests/test_done_callback_with_exception", func(t *testing.T) {
		callback(t, false, concurrent.Done, 0, io.EOF, reject)
	})
	t.Run("test_concurrent_futures/FutureTests/test_done_callback_with_cancel", func(t *testing.T) {
		callback(t, false, concurrent.Canceled, 0, errWhy, cancel)
	})
	t.Run("test_concurrent_futures/FutureTests/test_done_callback_already_successful", func(t *testing.T) {
		callback(t, true, concurrent.Done, 5, nil, resolve)
	})
	t.Run("test_concurrent_futures/FutureTests/test_done_callback_already_failed", func(t *testing.T) {
		callback(t, true, concurrent.Done, 0, io.EOF, reject)
	})
	t.Run("test_concurrent_futures/FutureTests/test_done_callback_already_cancelled", func(t *testing.T) {
		callback(t, true, concurrent.Canceled, 0, errWhy, cancel)
	})
	t.Run("test_concurrent_futures/FutureTests/test_done_callback_raises", func(t *testing.T) {
		failures := hooked(t)
		p := concurrent.NewPromise[int]()
		called := false
		p.Future().OnDone(func() { explodeUnseen() })
		p.Future().OnDone(func() { called = true })
		p.Resolve(5)
		if f := <-failures; !called || !isPanic(f.Err) {
			t.Errorf("the next one was called: %v; reported: %v", called, f.Err)
		}
	})
	t.Run("test_concurrent_futures/FutureTests/test_done_callback_raises_already_succeeded", func(t *testing.T) {
		failures := hooked(t)
		resolvedFuture(5).OnDone(func() { explodeUnseen() })
		if f := <-failures; !isPanic(f.Err) {
			t.Errorf("reported: %v", f.Err)
		}
	})
	t.Run("test_concurrent_futures/FutureTests/test_cancel", func(t *testing.T) {
		for _, c := range []struct {
			f     *concurrent.Future[int]
			want  bool
			state concurrent.FutureState
		}{
			{pendingFuture(), true, concurrent.Canceled},
			{runningFuture(), true, concurrent.Running},
			{canceledFuture(), false, concurrent.Canceled},
			{failedFuture(io.EOF), false, concurrent.Done},
			{resolvedFuture(5), false, concurrent.Done},
		} {
			before := c.f.State()
			if got := c.f.Cancel(nil); got != c.want || c.f.State() != c.state {
				t.Errorf("%v: got %v and state %v, want %v and %v", before, got, c.f.State(), c.want, c.state)
			}
		}
	})
	// all are the futures of the tests of states, in the order pending, running,
	// canceled, failed, successful.
	all := func() []*concurrent.Future[int] {
		return []*concurrent.Future[int]{pendingFuture(), runningFuture(), canceledFuture(), failedFuture(io.EOF), resolvedFuture(42)}
	}
	are := func(t *testing.T, want []bool, is func(*concurrent.Future[int]) bool) {
		var got []bool
		for _, f := range all() {
			got = append(got, is(f))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	t.Run("test_concurrent_futures/FutureTests/test_cancelled", func(t *testing.T) {
		are(t, []bool{false, false, true, false, false}, func(f *concurrent.Future[int]) bool { return f.State() == concurrent.Canceled })
	})
	t.Run("test_concurrent_futures/FutureTests/test_done", func(t *testing.T) {
		are(t, []bool{false, false, true, true, true}, func(f *concurrent.Future[int]) bool { return f.State() >= concurrent.Done })
	})
	t.Run("test_concurrent_futures/FutureTests/test_running", func(t *testing.T) {
		are(t, []bool{false, true, false, false, false}, func(f *concurrent.Future[int]) bool { return f.State() == concurrent.Running })
	})
	outcomes := []error{errWhy, errWhy, context.Canceled, io.EOF, nil}
	t.Run("test_concurrent_futures/FutureTests/test_result_with_timeout", func(t *testing.T) {
		for i, f := range all() {
			v, err := resultOf(f)
			if !errors.Is(err, outcomes[i]) || (v == 42) != (err == nil) {
				t.Errorf("future %d: got %v, %v", i, v, err)
			}
		}
	})
	t.Run("test_concurrent_futures/FutureTests/test_exception_with_timeout", func(t *testing.T) {
		for i, f := range all() {
			ctx, cancel := context.WithTimeoutCause(background, time.Millisecond, errWhy)
			if err := f.Err(ctx); !errors.Is(err, outcomes[i]) {
				t.Errorf("future %d: got %v", i, err)
			}
			cancel()
		}
	})
	// later ends a future while somebody waits for it.
	later := func(t *testing.T, state concurrent.FutureState, v int, want error, end func(*concurrent.Promise[int])) {
		synctest.Test(t, func(t *testing.T) {
			p := concurrent.NewPromise[int]()
			time.AfterFunc(time.Second, func() { end(p) })
			mustEnd(t, p.Future(), state, v, want)
		})
	}
	t.Run("test_concurrent_futures/FutureTests/test_result_with_success", func(t *testing.T) {
		later(t, concurrent.Done, 5, nil, resolve)
	})
	t.Run("test_concurrent_futures/FutureTests/test_result_with_cancel", func(t *testing.T) {
		later(t, concurrent.Canceled, 0, errWhy, cancel)
	})
	t.Run("test_concurrent_futures/FutureTests/test_exception_with_success", func(t *testing.T) {
		later(t, concurrent.Done, 0, io.EOF, reject)
	})
	t.Run("test_concurrent_futures/FutureTests/test_multiple_set_result", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		if !p.Resolve(1) || p.Resolve(2) {
			t.Error("resolved twice")
		}
		mustEnd(t, p.Future(), concurrent.Done, 1, nil)
	})
	t.Run("test_concurrent_futures/FutureTests/test_multiple_set_exception", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		if !p.Reject(io.EOF) || p.Reject(io.ErrNoProgress) {
			t.Error("rejected twice")
		}
		mustEnd(t, p.Future(), concurrent.Done, 0, io.EOF)
	})
}

func TestConformanceFutureAsyncio(t *testing.T) {
	t.Run("test_asyncio/test_futures/test_initial_state", func(t *testing.T) {
		f := pendingFuture()
		if f.State() != concurrent.Pending {
			t.Errorf("state %v", f.State())
		}
		if f.Cancel(nil); f.State() != concurrent.Canceled {
			t.Errorf("state %v after Cancel", f.State())
		}
	})
	t.Run("test_asyncio/test_futures/test_uninitialized", func(t *testing.T) {
		var f concurrent.Future[int]
		if _, err := resultOf(&f); err != errWhy || f.State() != concurrent.Pending {
			t.Errorf("got %v in state %v", err, f.State())
		}
	})
	t.Run("test_asyncio/test_futures/test_future_cancel_message_getter", func(t *testing.T) {
		f := pendingFuture()
		f.Cancel(errWhy)
		if ce, ok := errors.AsType[*concurrent.CanceledError](f.Err(background)); !ok || ce.Cause != errWhy {
			t.Errorf("got %v", ce)
		}
	})
	ended := func(t *testing.T, p *concurrent.Promise[int], state concurrent.FutureState, v int, want error) {
		mustEnd(t, p.Future(), state, v, want)
		if p.Resolve(9) || p.Reject(io.ErrNoProgress) || p.Future().Cancel(nil) {
			t.Error("it ended twice")
		}
		mustEnd(t, p.Future(), state, v, want)
	}
	t.Run("test_asyncio/test_futures/test_cancel", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		if !p.Future().Cancel(errWhy) {
			t.Error("Cancel returned false")
		}
		ended(t, p, concurrent.Canceled, 0, errWhy)
	})
	t.Run("test_asyncio/test_futures/test_result", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		if _, err := resultOf(p.Future()); err != errWhy {
			t.Errorf("got %v before the end", err)
		}
		p.Resolve(42)
		ended(t, p, concurrent.Done, 42, nil)
	})
	t.Run("test_asyncio/test_futures/test_exception", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		p.Reject(io.EOF)
		ended(t, p, concurrent.Done, 0, io.EOF)
	})
	t.Run("test_asyncio/test_futures/test_yield_from_twice", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := after(1, nil)
			for range 2 {
				if v, err := f.Result(background); v != 1 || err != nil {
					t.Errorf("got %v, %v", v, err)
				}
			}
		})
	})
	t.Run("test_asyncio/test_futures/test_set_result_unless_cancelled", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		p.Future().Cancel(nil)
		if p.Resolve(2) {
			t.Error("Resolve of a canceled promise returned true")
		}
		ended(t, p, concurrent.Canceled, 0, context.Canceled)
	})

	// The failure hook.
	reported := func(t *testing.T, want bool, leave func()) {
		failures := hooked(t)
		leave()
		if want {
			if f := collected(t, failures); f.Err != errUnseen {
				t.Errorf("reported: %v", f.Err)
			}
			return
		}
		runtime.GC()
		failedFuture(errMarker)
		if f := collected(t, failures); f.Err != errMarker {
			t.Errorf("reported: %v", f.Err)
		}
	}
	t.Run("test_asyncio/test_futures/test_tb_logger_abandoned", func(t *testing.T) {
		reported(t, false, func() { pendingFuture() })
	})
	t.Run("test_asyncio/test_futures/test_tb_logger_result_unretrieved", func(t *testing.T) {
		reported(t, false, func() { resolvedFuture(42) })
	})
	t.Run("test_asyncio/test_futures/test_tb_logger_result_retrieved", func(t *testing.T) {
		reported(t, false, func() { resolvedFuture(42).Result(background) })
	})
	t.Run("test_asyncio/test_futures/test_tb_logger_exception_unretrieved", func(t *testing.T) {
		reported(t, true, func() { failedFuture(errUnseen) })
	})
	t.Run("test_asyncio/test_futures/test_future_exception_never_retrieved", func(t *testing.T) {
		reported(t, true, func() { concurrent.Go(background, failUnseen) })
	})
	t.Run("test_asyncio/test_futures/test_tb_logger_exception_retrieved", func(t *testing.T) {
		reported(t, false, func() { failedFuture(errUnseen).Err(background) })
	})
	t.Run("test_asyncio/test_futures/test_tb_logger_exception_result_retrieved", func(t *testing.T) {
		reported(t, false, func() { failedFuture(errUnseen).Result(background) })
	})

	// bag fills a bag with what the callbacks that were not taken back put in it.
	bag := func(t *testing.T, want []int, take func(stops []func() bool)) {
		p := concurrent.NewPromise[int]()
		var bag []int
		var stops []func() bool
		for i := range 3 {
			stops = append(stops, p.Future().OnDone(func() { bag = append(bag, i) }))
		}
		take(stops)
		if bag != nil {
			t.Errorf("called before the end: %v", bag)
		}
		p.Resolve(1)
		if !slices.Equal(bag, want) {
			t.Errorf("called %v, want %v", bag, want)
		}
	}
	t.Run("test_asyncio/test_futures/test_callbacks_remove_first_callback", func(t *testing.T) {
		bag(t, []int{1, 2}, func(stops []func() bool) { stops[0](); stops[0]() })
	})
	t.Run("test_asyncio/test_futures/test_callbacks_remove_first_and_second_callback", func(t *testing.T) {
		bag(t, []int{2}, func(stops []func() bool) { stops[0](); stops[1](); stops[0]() })
	})
	t.Run("test_asyncio/test_futures/test_callbacks_remove_third_callback", func(t *testing.T) {
		bag(t, []int{0, 1}, func(stops []func() bool) { stops[2](); stops[2]() })
	})
	t.Run("test_asyncio/test_futures/test_callbacks_invoked_on_set_result", func(t *testing.T) {
		bag(t, []int{0, 1, 2}, func([]func() bool) {})
	})
	t.Run("test_asyncio/test_futures/test_callbacks_invoked_on_set_exception", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		called := 0
		p.Future().OnDone(func() { called++ })
		p.Reject(io.EOF)
		if called != 1 {
			t.Errorf("called %d times", called)
		}
	})
	t.Run("test_asyncio/test_futures/test_remove_done_callback", func(t *testing.T) {
		bag(t, []int{1}, func(stops []func() bool) {
			if !stops[0]() || stops[0]() || !stops[2]() {
				t.Error("stop did not say that it took the callback back, or said so twice")
			}
		})
	})
	t.Run("test_asyncio/test_futures/test_schedule_callbacks_list_mutation_1", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		var stop func() bool
		called := 0
		p.Future().OnDone(func() {
			if stop() {
				t.Error("a callback was taken back while they are called")
			}
		})
		stop = p.Future().OnDone(func() { called++ })
		p.Future().OnDone(func() { called++ })
		p.Resolve(1)
		if called != 2 {
			t.Errorf("called %d, want both: it was too late to take one back", called)
		}
	})
}

func TestConformanceWait(t *testing.T) {
	type futures = []*concurrent.Future[int]
	check := func(t *testing.T, until concurrent.When, fs, done futures, limit time.Duration, want error) {
		ctx := background
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeoutCause(background, limit, errWhy)
			defer cancel()
		}
		gotDone, gotPending, err := concurrent.Wait(ctx, until, fs...)
		if err != want || !slices.Equal(gotDone, done) || len(gotDone)+len(gotPending) != len(fs) {
			t.Errorf("got %d done, %d pending, %v", len(gotDone), len(gotPending), err)
		}
		for _, f := range gotPending {
			f.Cancel(nil)
		}
		concurrent.Wait(background, concurrent.AllCompleted, gotPending...)
	}
	bubble(t, "test_concurrent_futures/WaitTests/test_20369", func(t *testing.T) {
		f := after(2, nil)
		check(t, concurrent.AllCompleted, futures{f, f}, futures{f, f}, 0, nil)
	})
	bubble(t, "test_concurrent_futures/WaitTests/test_first_completed", func(t *testing.T) {
		fs := futures{pendingFuture(), after(0, nil), after(2, nil)}
		check(t, concurrent.FirstCompleted, fs, fs[1:2], 0, nil)
	})
	bubble(t, "test_concurrent_futures/WaitTests/test_first_completed_some_already_completed", func(t *testing.T) {
		fs := futures{canceledFuture(), resolvedFuture(42), after(2, nil)}
		check(t, concurrent.FirstCompleted, fs, fs[:2], 0, nil)
	})
	bubble(t, "test_concurrent_futures/WaitTests/test_first_exception", func(t *testing.T) {
		fs := futures{after(0, nil), after(2, io.EOF), after(3, nil)}
		check(t, concurrent.FirstError, fs, fs[:2], 0, nil)
	})
	bubble(t, "test_concurrent_futures/WaitTests/test_first_exception_some_already_complete", func(t *testing.T) {
		fs := futures{resolvedFuture(42), canceledFuture(), after(0, io.EOF), after(2, nil)}
		check(t, concurrent.FirstError, fs, fs[:3], 0, nil)
	})
	bubble(t, "test_concurrent_futures/WaitTests/test_first_exception_one_already_failed", func(t *testing.T) {
		fs := futures{failedFuture(io.EOF), after(2, nil)}
		check(t, concurrent.FirstError, fs, fs[:1], 0, nil)
	})
	bubble(t, "test_concurrent_futures/WaitTests/test_all_completed", func(t *testing.T) {
		fs := futures{resolvedFuture(42), canceledFuture(), failedFuture(io.EOF), after(1, io.EOF), after(2, nil)}
		check(t, concurrent.AllCompleted, fs, fs, 0, nil)
	})
	bubble(t, "test_concurrent_futures/WaitTests/test_timeout", func(t *testing.T) {
		fs := futures{canceledFuture(), failedFuture(io.EOF), resolvedFuture(42), after(3, nil)}
		check(t, concurrent.AllCompleted, fs, fs[:3], time.Second, errWhy)
	})
	t.Run("test_concurrent_futures/ThreadPoolWaitTests/test_pending_calls_race", func(t *testing.T) {
		release := make(chan struct{})
		var fs futures
		for range 100 {
			fs = append(fs, concurrent.Go(background, func(context.Context) (int, error) { <-release; return 1, nil }))
		}
		go close(release)
		done, _, err := concurrent.Wait(background, concurrent.AllCompleted, fs...)
		if len(done) != 100 || err != nil {
			t.Errorf("got %d, %v", len(done), err)
		}
	})

	bubble(t, "test_concurrent_futures/AsCompletedTests/test_no_timeout", func(t *testing.T) {
		fs := futures{canceledFuture(), failedFuture(io.EOF), resolvedFuture(42), after(1, nil), after(2, nil)}
		n := 0
		for i, f := range concurrent.AsCompleted(background, fs...) {
			if i != n || f != fs[i] {
				t.Errorf("got %d at place %d", i, n)
			}
			n++
		}
		if n != len(fs) {
			t.Errorf("got %d of %d", n, len(fs))
		}
	})
	t.Run("test_concurrent_futures/AsCompletedTests/test_free_reference_yielded_future", func(t *testing.T) {
		var promises []*concurrent.Promise[int]
		fs := futures{canceledFuture(), resolvedFuture(42)}
		for range 8 {
			promises = append(promises, concurrent.NewPromise[int]())
			fs = append(fs, promises[len(promises)-1].Future())
		}
		n := 0
		for i := range concurrent.AsCompleted(background, fs...) {
			w := weak.Make(fs[i])
			fs[i] = nil
			if n++; n > 2 {
				promises[0] = nil
				promises = promises[1:]
			}
			for range 100 {
				runtime.GC()
				if w.Value() == nil {
					break
				}
				runtime.Gosched()
			}
			if w.Value() != nil {
				t.Errorf("somebody keeps the future that was yielded at place %d", n)
			}
			if n > 1 && len(promises) > 0 {
				promises[0].Resolve(n)
			}
		}
		want(t, "yielded", n, len(fs))
	})
	bubble(t, "test_concurrent_futures/AsCompletedTests/test_future_times_out", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		n := 0
		for range concurrent.AsCompleted(ctx, canceledFuture(), failedFuture(io.EOF), pendingFuture(), resolvedFuture(42)) {
			n++
		}
		if n != 3 || ctx.Err() == nil {
			t.Errorf("got %d, the context says %v", n, ctx.Err())
		}
	})
}
