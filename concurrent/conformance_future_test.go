package concurrent_test

import (
	"context"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// The behaviours of CPython's futures that carry over, under the names of the
// tests there. What differs is in sub-tests without such a name.

// resultOf returns what Result returns when it may wait for a moment only.
func resultOf(f *concurrent.Future[int]) (int, error) {
	ctx, cancel := context.WithTimeoutCause(background, time.Millisecond, errWhy)
	defer cancel()
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
		assert.Equal(t, 1, called, "calls of the callback")
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
		f := <-failures
		require.True(t, called)
		assert.IsType(t, &concurrent.PanicError{}, f.Err)
	})
	t.Run("test_concurrent_futures/FutureTests/test_done_callback_raises_already_succeeded", func(t *testing.T) {
		failures := hooked(t)
		resolvedFuture(5).OnDone(func() { explodeUnseen() })
		f := <-failures
		assert.IsType(t, &concurrent.PanicError{}, f.Err, "reported")
	})
	t.Run("cancel: of a running future it asks", func(t *testing.T) {
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
			assert.Equal(t, c.want, c.f.Cancel(nil), "%v", before)
			assert.Equal(t, c.state, c.f.State(), "%v", before)
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
		assert.Equal(t, want, got)
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
	bubble(t, "test_concurrent_futures/FutureTests/test_result_with_timeout", func(t *testing.T) {
		for i, f := range all() {
			v, err := resultOf(f)
			assert.ErrorIs(t, err, outcomes[i])
			assert.Equal(t, err == nil, v == 42)
		}
	})
	bubble(t, "test_concurrent_futures/FutureTests/test_exception_with_timeout", func(t *testing.T) {
		for i, f := range all() {
			ctx, cancel := context.WithTimeoutCause(background, time.Millisecond, errWhy)
			assert.ErrorIs(t, f.Err(ctx), outcomes[i], "future")
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
		assert.True(t, p.Resolve(1), "it is resolved once")
		assert.False(t, p.Resolve(2), "it is resolved once")
		mustEnd(t, p.Future(), concurrent.Done, 1, nil)
	})
	t.Run("test_concurrent_futures/FutureTests/test_multiple_set_exception", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		assert.True(t, p.Reject(io.EOF), "it is rejected once")
		assert.False(t, p.Reject(io.ErrNoProgress), "it is rejected once")
		mustEnd(t, p.Future(), concurrent.Done, 0, io.EOF)
	})
}

func TestConformanceFutureAsyncio(t *testing.T) {
	t.Run("test_asyncio/test_futures/test_initial_state", func(t *testing.T) {
		f := pendingFuture()
		assert.Equal(t, concurrent.Pending, f.State(), "state")
		f.Cancel(nil)
		assert.Equal(t, concurrent.Canceled, f.State(), "state after Cancel")
	})
	bubble(t, "zero value", func(t *testing.T) {
		var f concurrent.Future[int]
		_, err := resultOf(&f)
		assert.Equal(t, errWhy, err)
		assert.Equal(t, concurrent.Pending, f.State())
	})
	t.Run("test_asyncio/test_futures/test_future_cancel_message_getter", func(t *testing.T) {
		f := pendingFuture()
		f.Cancel(errWhy)
		var ce *concurrent.CanceledError
		require.ErrorAs(t, f.Err(background), &ce)
		assert.Equal(t, errWhy, ce.Cause)
	})
	ended := func(t *testing.T, p *concurrent.Promise[int], state concurrent.FutureState, v int, want error) {
		mustEnd(t, p.Future(), state, v, want)
		assert.False(t, p.Resolve(9), "it has ended")
		assert.False(t, p.Reject(io.ErrNoProgress), "it has ended")
		assert.False(t, p.Future().Cancel(nil), "it has ended")
		mustEnd(t, p.Future(), state, v, want)
	}
	t.Run("test_asyncio/test_futures/test_cancel", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		assert.True(t, p.Future().Cancel(errWhy), "Cancel")
		ended(t, p, concurrent.Canceled, 0, errWhy)
	})
	bubble(t, "test_asyncio/test_futures/test_result", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		_, err := resultOf(p.Future())
		assert.Equal(t, errWhy, err, "before the end")
		p.Resolve(42)
		ended(t, p, concurrent.Done, 42, nil)
	})
	bubble(t, "test_asyncio/test_futures/test_exception", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		_, err := resultOf(p.Future())
		assert.Equal(t, errWhy, err, "before the end")
		p.Reject(io.EOF)
		ended(t, p, concurrent.Done, 0, io.EOF)
	})
	t.Run("test_asyncio/test_futures/test_yield_from_twice", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := after(1, nil)
			for range 2 {
				v, err := f.Result(background)
				assert.Equal(t, 1, v)
				assert.NoError(t, err)
			}
		})
	})
	t.Run("test_asyncio/test_futures/test_set_result_unless_cancelled", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		p.Future().Cancel(nil)
		assert.False(t, p.Resolve(2), "Resolve of a canceled promise")
		ended(t, p, concurrent.Canceled, 0, context.Canceled)
	})

	// The failure hook.
	reported := func(t *testing.T, want bool, leave func()) {
		failures := hooked(t)
		leave()
		if want {
			assert.Equal(t, errUnseen, collected(t, failures).Err, "reported")
			return
		}
		runtime.GC()
		failedFuture(errMarker)
		assert.Equal(t, errMarker, collected(t, failures).Err, "reported")
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
		assert.Nil(t, bag, "called before the end")
		p.Resolve(1)
		assert.Equal(t, want, bag, "called")
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
		assert.Equal(t, 1, called, "called")
	})
	t.Run("test_asyncio/test_futures/test_remove_done_callback", func(t *testing.T) {
		bag(t, []int{1}, func(stops []func() bool) {
			assert.True(t, stops[0](), "stop says that it took the callback back, once")
			assert.False(t, stops[0](), "stop says that it took the callback back, once")
			assert.True(t, stops[2](), "stop says that it took the callback back, once")
		})
	})
	t.Run("test_asyncio/test_futures/test_schedule_callbacks_list_mutation_1", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		var stop func() bool
		called := 0
		p.Future().OnDone(func() {
			assert.False(t, stop(), "stop while they are called")
		})
		stop = p.Future().OnDone(func() { called++ })
		p.Future().OnDone(func() { called++ })
		p.Resolve(1)
		assert.Equal(t, 2, called, "called")
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
		assert.Equal(t, want, err)
		assert.True(t, slices.Equal(done, gotDone), "done: %d futures, want %d", len(gotDone), len(done))
		assert.Equal(t, len(fs), len(gotDone)+len(gotPending))
		for _, f := range gotPending {
			f.Cancel(nil)
		}
		concurrent.Wait(background, concurrent.AllCompleted, gotPending...)
	}
	bubble(t, "given twice, returned twice", func(t *testing.T) {
		f := after(2, nil)
		check(t, concurrent.AllCompleted, futures{f, f}, futures{f, f}, 0, nil)
	})
	bubble(t, "first completed", func(t *testing.T) {
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
	bubble(t, "first exception, one canceled before", func(t *testing.T) {
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
		assert.Len(t, done, 100)
		assert.NoError(t, err)
	})

	bubble(t, "test_concurrent_futures/AsCompletedTests/test_no_timeout", func(t *testing.T) {
		fs := futures{canceledFuture(), failedFuture(io.EOF), resolvedFuture(42), after(1, nil), after(2, nil)}
		n := 0
		for i, f := range concurrent.AsCompleted(background, fs...) {
			assert.Equal(t, n, i)
			assert.Same(t, fs[i], f)
			n++
		}
		assert.Equal(t, len(fs), n)
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
			assert.Nil(t, w.Value(), "the future that was yielded at place %d is kept", n)
			if n > 1 && len(promises) > 0 {
				promises[0].Resolve(n)
			}
		}
		assert.Equal(t, len(fs), n, "yielded")
	})
	bubble(t, "as completed, until the context ends", func(t *testing.T) {
		for _, timeout := range []time.Duration{0, time.Second} {
			ctx, cancel := context.WithTimeout(background, timeout)
			defer cancel()
			var got []int
			for i := range concurrent.AsCompleted(ctx, canceledFuture(), failedFuture(io.EOF), pendingFuture(), resolvedFuture(42)) {
				got = append(got, i)
			}
			if timeout > 0 {
				assert.Equal(t, []int{0, 1, 3}, got)
			} else {
				assert.Empty(t, got, "with a context that has ended")
			}
			assert.Error(t, ctx.Err())
		}
	})
}
