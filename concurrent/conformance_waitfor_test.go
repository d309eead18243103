package concurrent_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

// The behaviours of asyncio.wait_for; those of shields are in TestConformanceShield.
// A timeout is a context with a deadline, a timeout of 0 one that has ended. Not here:
// with a context that has ended nothing is returned, not even of a future that is
// done, and a function that was given to Go has begun.
func TestConformanceWaitFor(t *testing.T) {
	const prefix = "test_asyncio/test_waitfor/"
	const short, long = sec / 10, 60 * sec
	slow := job{v: 1, d: 2 * sec, deaf: true} // ignores requests to end
	sub := func(name string, f func(t *testing.T, running *atomic.Int32)) {
		bubble(t, prefix+name, func(t *testing.T) {
			var running atomic.Int32
			f(t, &running)
			want(t, "running", running.Load(), 0)
		})
	}
	sub("test_asyncio_wait_for_cancelled", func(t *testing.T, running *atomic.Int32) {
		ctx, cancel := context.WithCancel(within(t, 2*long))
		f := start(running, slow)[0]
		time.AfterFunc(short, cancel)
		concurrent.Await(ctx, f)
	})
	sub("test_asyncio_wait_for_timeout", func(t *testing.T, running *atomic.Int32) {
		concurrent.Await(within(t, sec), start(running, slow)[0])
	})
	sub("test_wait_for_timeout_less_then_0_or_0", func(t *testing.T, running *atomic.Int32) {
		for _, timeout := range []time.Duration{0, -1} {
			f := start(running, job{d: 10 * sec})[0]
			_, err := concurrent.Await(within(t, timeout), f)
			want(t, "error", err, errGaveUp)
			want(t, "state", f.State(), concurrent.Canceled)
		}
	})
	sub("test_wait_for", func(t *testing.T, running *atomic.Int32) {
		f := start(running, job{d: long})[0]
		_, err := concurrent.Await(within(t, short), f)
		want(t, "error", err, errGaveUp)
		want(t, "state", f.State(), concurrent.Canceled)
	})
	sub("test_wait_for_blocking", func(t *testing.T, running *atomic.Int32) {
		v, err := concurrent.Await(t.Context(), start(running, job{v: 1})[0])
		want(t, "value", v, 1)
		want(t, "error", err, nil)
	})
	sub("test_wait_for_race_condition", func(t *testing.T, _ *atomic.Int32) {
		p := concurrent.NewPromise[int]()
		go p.Resolve(1)
		v, err := concurrent.Await(within(t, short), p.Future())
		want(t, "value", v, 1)
		want(t, "error", err, nil)
	})
	for _, name := range []string{"test_wait_for_cancellation_race_condition", "test_wait_for_cancel_suppressed"} {
		sub(name, func(t *testing.T, running *atomic.Int32) {
			f := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) {
				if pause(ctx, sec) == nil {
					t.Error("not canceled")
				}
				return 42, nil
			})
			synctest.Wait()
			v, err := concurrent.Await(within(t, short), f)
			want(t, "value", v, 42)
			want(t, "error", err, nil)
		})
	}
	for name, timeout := range map[string]time.Duration{"test_wait_for_waits_for_task_cancellation": short, "test_wait_for_waits_for_task_cancellation_w_timeout_0": 0} {
		sub(name, func(t *testing.T, running *atomic.Int32) {
			f := start(running, job{d: 10 * sec, late: sec})[0]
			_, err := concurrent.Await(within(t, timeout), f)
			want(t, "error", err, errGaveUp)
			want(t, "state", f.State(), concurrent.Canceled)
		})
	}
	sub("test_wait_for_reraises_exception_during_cancellation", func(t *testing.T, running *atomic.Int32) {
		_, err := concurrent.Await(within(t, short), start(running, job{d: sec, end: errA})[0])
		want(t, "error", err, errA)
	})
	for name, timeout := range map[string]time.Duration{"test_cancel_blocking_wait_for": 1000 * long, "test_cancel_wait_for": long} {
		sub(name, func(t *testing.T, running *atomic.Int32) {
			ctx, cancel := context.WithCancel(within(t, timeout))
			f := start(running, job{d: 10 * long})[0]
			time.AfterFunc(short, cancel)
			_, err := concurrent.Await(ctx, f)
			want(t, "error", err, context.Canceled)
			want(t, "state", f.State(), concurrent.Canceled)
		})
	}
	sub("test_wait_for_issue86296", func(t *testing.T, running *atomic.Int32) {
		inner := start(running, job{v: 1})[0]
		reached := false
		task := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) {
			if _, err := concurrent.Await(ctx, inner); err != nil {
				return 0, err
			}
			err := pause(ctx, sec)
			reached = err == nil
			return 0, err
		})
		synctest.Wait()
		task.Cancel(nil)
		if err := task.Err(t.Context()); !errors.Is(err, context.Canceled) || reached {
			t.Errorf("got %v", err)
		}
		v, err := inner.Result(t.Context())
		want(t, "value", v, 1)
		want(t, "error", err, nil)
	})
}

// The behaviours of asyncio.timeout: the body of a Group whose context has a deadline.
// Not here: what a timeout object shows, entering it twice, and moving it, which
// contexts do not allow.
func TestConformanceTimeout(t *testing.T) {
	const prefix = "test_asyncio/test_timeouts/"
	const short, long = sec / 100, 10 * sec
	sub := func(name string, f func(t *testing.T)) { bubble(t, prefix+name, f) }
	// block runs body until ctx ends.
	block := func(ctx context.Context, body func(context.Context) error) error {
		return concurrent.Group(ctx, func(ctx context.Context, _ *group) error { return body(ctx) })
	}
	sleep := func(d time.Duration) func(context.Context) error {
		return func(ctx context.Context) error { return pause(ctx, d) }
	}
	after := func(t *testing.T, d time.Duration) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		t.Cleanup(cancel)
		return ctx
	}
	at := func(t *testing.T, when time.Time) context.Context {
		ctx, cancel := context.WithDeadline(t.Context(), when)
		t.Cleanup(cancel)
		return ctx
	}
	timedOut := func(t *testing.T, err error) {
		t.Helper()
		want(t, "error", err, error(context.DeadlineExceeded))
	}

	sub("test_timeout_basic", func(t *testing.T) {
		ctx := after(t, short)
		timedOut(t, block(ctx, sleep(long)))
		want(t, "expired", ctx.Err() != nil, true)
	})
	sub("test_timeout_at_basic", func(t *testing.T) {
		deadline := time.Now().Add(short)
		timedOut(t, block(at(t, deadline), sleep(long)))
		want(t, "now", time.Now(), deadline)
	})
	sub("test_nested_timeouts", func(t *testing.T) {
		deadline := time.Now().Add(short)
		canceled := false
		timedOut(t, block(at(t, deadline), func(ctx context.Context) error {
			ctx, cancel := context.WithDeadline(ctx, deadline)
			defer cancel()
			err := block(ctx, sleep(long))
			canceled = err != nil
			return err
		}))
		want(t, "canceled", canceled, true)
	})
	sub("test_waiter_cancelled", func(t *testing.T) {
		canceled := false
		timedOut(t, block(after(t, short), func(ctx context.Context) error {
			err := pause(ctx, long)
			canceled = err != nil
			return err
		}))
		want(t, "canceled", canceled, true)
	})
	sub("test_timeout_not_called", func(t *testing.T) {
		ctx := after(t, long)
		want(t, "error", block(ctx, sleep(short)), nil)
		want(t, "expired", ctx.Err(), nil)
	})
	for _, name := range []string{"test_timeout_disabled", "test_timeout_at_disabled"} {
		sub(name, func(t *testing.T) {
			ctx := t.Context()
			_, bounded := ctx.Deadline()
			want(t, "bounded", bounded, false)
			want(t, "error", block(ctx, sleep(short)), nil)
		})
	}
	for name, d := range map[string]time.Duration{"test_timeout_zero": 0, "test_timeout_zero_sleep_zero": 0, "test_timeout_in_the_past_sleep_zero": -11 * sec} {
		sub(name, func(t *testing.T) {
			begin := time.Now()
			timedOut(t, block(after(t, d), sleep(long)))
			want(t, "now", time.Now(), begin)
		})
	}
	sub("test_foreign_exception_passed", func(t *testing.T) {
		ctx := after(t, short)
		want(t, "error", block(ctx, func(context.Context) error { return errA }), errA)
		want(t, "expired", ctx.Err(), nil)
	})
	sub("test_timeout_exception_context", func(t *testing.T) {
		err := block(after(t, short), func(ctx context.Context) error { return errors.Join(errA, pause(ctx, sec)) })
		wantErrors(t, err, errA, context.DeadlineExceeded)
	})
	sub("test_foreign_exception_on_timeout", func(t *testing.T) {
		want(t, "error", block(after(t, short), cleanup(sec, errA)), errA)
	})
	sub("test_foreign_exception_on_timeout_2", func(t *testing.T) {
		err := block(after(t, short), func(ctx context.Context) error {
			return errors.Join(errA, pause(ctx, sec), errB, errC)
		})
		wantErrors(t, err, errA, context.DeadlineExceeded, errB, errC)
	})
	sub("test_foreign_cancel_doesnt_timeout_if_not_expired", func(t *testing.T) {
		ctx, cancel := context.WithCancel(after(t, long))
		want(t, "error", block(ctx, func(ctx context.Context) error { cancel(); return pause(ctx, long) }), context.Canceled)
	})
	sub("test_outer_task_is_not_cancelled", func(t *testing.T) {
		task := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) {
			ctx, cancel := context.WithTimeout(ctx, short)
			defer cancel()
			timedOut(t, block(ctx, sleep(long)))
			return 0, nil
		})
		want(t, "error", task.Err(t.Context()), nil)
		want(t, "state", task.State(), concurrent.Done)
	})
	sub("test_nested_timeouts_concurrent", func(t *testing.T) {
		timedOut(t, block(after(t, short/5), func(ctx context.Context) error {
			inner, cancel := context.WithTimeout(ctx, 10*short)
			defer cancel()
			return block(inner, func(ctx context.Context) error { time.Sleep(short); return pause(ctx, sec) })
		}))
	})
	sub("test_nested_timeouts_loop_busy", func(t *testing.T) {
		begin := time.Now()
		timedOut(t, block(after(t, 10*short), func(ctx context.Context) error {
			inner, cancel := context.WithTimeout(ctx, short)
			defer cancel()
			timedOut(t, block(inner, func(ctx context.Context) error { time.Sleep(10 * short); return pause(ctx, sec) }))
			return pause(ctx, long)
		}))
		want(t, "took", time.Since(begin), 10*short)
	})
	sub("test_nested_timeout_in_finally", func(t *testing.T) {
		timedOut(t, block(after(t, short), func(ctx context.Context) error {
			err := pause(ctx, sec)
			cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), short)
			defer cancel()
			timedOut(t, block(cleanup, sleep(long)))
			return err
		}))
	})
	canceled := func(t *testing.T) context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return context.WithoutCancel(ctx) // the clean-up goes on
	}
	sub("test_timeout_after_cancellation", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(canceled(t), 0)
		defer cancel()
		timedOut(t, block(ctx, sleep(sec)))
	})
	sub("test_cancel_in_timeout_after_cancellation", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(canceled(t), sec)
		want(t, "error", block(ctx, func(ctx context.Context) error { cancel(); return pause(ctx, 2*sec) }), context.Canceled)
	})
	sub("test_timeout_taskgroup", func(t *testing.T) {
		err := concurrent.Group(after(t, short), func(ctx context.Context, g *group) error {
			g.Go(cleanup(2*sec, errA))
			return errors.Join(errB, pause(ctx, sec))
		})
		if !errors.Is(err, errA) || !errors.Is(err, errB) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
