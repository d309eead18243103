package concurrent_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

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
			assert.Zero(t, running.Load(), "running")
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
			assert.Equal(t, errGaveUp, err, "error")
			assert.Equal(t, concurrent.Canceled, f.State(), "state")
		}
	})
	sub("test_wait_for", func(t *testing.T, running *atomic.Int32) {
		f := start(running, job{d: long})[0]
		_, err := concurrent.Await(within(t, short), f)
		assert.Equal(t, errGaveUp, err, "error")
		assert.Equal(t, concurrent.Canceled, f.State(), "state")
	})
	sub("test_wait_for_blocking", func(t *testing.T, running *atomic.Int32) {
		v, err := concurrent.Await(t.Context(), start(running, job{v: 1})[0])
		assert.Equal(t, 1, v, "value")
		assert.NoError(t, err, "error")
	})
	sub("test_wait_for_race_condition", func(t *testing.T, _ *atomic.Int32) {
		p := concurrent.NewPromise[int]()
		go p.Resolve(1)
		v, err := concurrent.Await(within(t, short), p.Future())
		assert.Equal(t, 1, v, "value")
		assert.NoError(t, err, "error")
	})
	for _, name := range []string{"test_wait_for_cancellation_race_condition", "test_wait_for_cancel_suppressed"} {
		sub(name, func(t *testing.T, running *atomic.Int32) {
			f := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) {
				assert.Error(t, pause(ctx, sec), "not canceled")
				return 42, nil
			})
			synctest.Wait()
			v, err := concurrent.Await(within(t, short), f)
			assert.Equal(t, 42, v, "value")
			assert.NoError(t, err, "error")
		})
	}
	for name, timeout := range map[string]time.Duration{"test_wait_for_waits_for_task_cancellation": short, "test_wait_for_waits_for_task_cancellation_w_timeout_0": 0} {
		sub(name, func(t *testing.T, running *atomic.Int32) {
			f := start(running, job{d: 10 * sec, late: sec})[0]
			_, err := concurrent.Await(within(t, timeout), f)
			assert.Equal(t, errGaveUp, err, "error")
			assert.Equal(t, concurrent.Canceled, f.State(), "state")
		})
	}
	sub("test_wait_for_reraises_exception_during_cancellation", func(t *testing.T, running *atomic.Int32) {
		_, err := concurrent.Await(within(t, short), start(running, job{d: sec, end: errA})[0])
		assert.Equal(t, errA, err, "error")
	})
	for name, timeout := range map[string]time.Duration{"test_cancel_blocking_wait_for": 0, "test_cancel_wait_for": long} {
		sub(name, func(t *testing.T, running *atomic.Int32) {
			ctx := t.Context()
			if timeout > 0 {
				ctx = within(t, timeout)
			}
			ctx, cancel := context.WithCancel(ctx)
			f := start(running, job{d: 10 * long})[0]
			time.AfterFunc(short, cancel)
			_, err := concurrent.Await(ctx, f)
			assert.Equal(t, context.Canceled, err, "error")
			assert.Equal(t, concurrent.Canceled, f.State(), "state")
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
		assert.ErrorIs(t, task.Err(t.Context()), context.Canceled)
		assert.False(t, reached)
		v, err := inner.Result(t.Context())
		assert.Equal(t, 1, v, "value")
		assert.NoError(t, err, "error")
	})
}

// The behaviours of asyncio.timeout: the body of a Group whose context has a deadline.
// Not here: what a timeout object shows, entering it twice, and moving it, which
// contexts do not allow; nor in which order errors came about, which they do not know.
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
		assert.Equal(t, error(context.DeadlineExceeded), err, "error")
	}

	sub("test_timeout_basic", func(t *testing.T) {
		ctx := after(t, short)
		timedOut(t, block(ctx, sleep(long)))
		assert.Error(t, ctx.Err(), "expired")
	})
	sub("test_timeout_at_basic", func(t *testing.T) {
		deadline := time.Now().Add(short)
		ctx := at(t, deadline)
		timedOut(t, block(ctx, sleep(long)))
		assert.Error(t, ctx.Err(), "expired")
		assert.Equal(t, deadline, time.Now(), "now")
		when, _ := ctx.Deadline()
		assert.Equal(t, deadline, when, "deadline")
	})
	sub("test_nested_timeouts", func(t *testing.T) {
		deadline := time.Now().Add(short)
		canceled := false
		outer := at(t, deadline)
		timedOut(t, block(outer, func(ctx context.Context) error {
			inner, cancel := context.WithDeadline(ctx, deadline)
			defer cancel()
			err := block(inner, sleep(long))
			canceled = err != nil
			assert.Equal(t, context.DeadlineExceeded, inner.Err(), "the inner one")
			return err
		}))
		assert.True(t, canceled, "canceled")
		synctest.Wait() // at the same time, in any order
		assert.Equal(t, context.DeadlineExceeded, outer.Err(), "the outer one")
	})
	sub("test_waiter_cancelled", func(t *testing.T) {
		canceled := false
		timedOut(t, block(after(t, short), func(ctx context.Context) error {
			err := pause(ctx, long)
			canceled = err != nil
			return err
		}))
		assert.True(t, canceled, "canceled")
	})
	sub("test_timeout_not_called", func(t *testing.T) {
		ctx := after(t, long)
		assert.NoError(t, block(ctx, sleep(short)), "error")
		assert.NoError(t, ctx.Err(), "expired")
		when, _ := ctx.Deadline()
		assert.Greater(t, when, time.Now(), "deadline")
	})
	for _, name := range []string{"test_timeout_disabled", "test_timeout_at_disabled"} {
		sub(name, func(t *testing.T) {
			ctx := t.Context()
			_, bounded := ctx.Deadline()
			assert.False(t, bounded, "bounded")
			assert.NoError(t, block(ctx, sleep(short)), "error")
			assert.NoError(t, ctx.Err(), "expired")
		})
	}
	for name, d := range map[string]time.Duration{"test_timeout_zero": 0, "test_timeout_zero_sleep_zero": 0, "test_timeout_in_the_past_sleep_zero": -11 * sec} {
		sub(name, func(t *testing.T) {
			begin := time.Now()
			ctx := after(t, d)
			timedOut(t, block(ctx, sleep(long)))
			assert.Equal(t, begin, time.Now(), "now")
			assert.Equal(t, context.DeadlineExceeded, ctx.Err(), "expired")
			when, _ := ctx.Deadline()
			assert.Equal(t, begin.Add(d), when, "deadline")
		})
	}
	sub("test_foreign_exception_passed", func(t *testing.T) {
		ctx := after(t, short)
		assert.Equal(t, errA, block(ctx, func(context.Context) error { return errA }), "error")
		assert.NoError(t, ctx.Err(), "expired")
	})
	bubble(t, "an error before it", func(t *testing.T) {
		err := block(after(t, short), func(ctx context.Context) error { return errors.Join(errA, pause(ctx, sec)) })
		wantErrors(t, err, errA, context.DeadlineExceeded)
	})
	sub("test_foreign_exception_on_timeout", func(t *testing.T) {
		assert.Equal(t, errA, block(after(t, short), cleanup(sec, errA)), "error")
	})
	bubble(t, "errors around it", func(t *testing.T) {
		err := block(after(t, short), func(ctx context.Context) error {
			return errors.Join(errA, pause(ctx, sec), errB, errC)
		})
		wantErrors(t, err, errA, context.DeadlineExceeded, errB, errC)
	})
	sub("test_foreign_cancel_doesnt_timeout_if_not_expired", func(t *testing.T) {
		timeout := after(t, long)
		ctx, cancel := context.WithCancel(timeout)
		assert.Equal(t, context.Canceled, block(ctx, func(ctx context.Context) error { cancel(); return pause(ctx, long) }), "error")
		assert.NoError(t, timeout.Err(), "expired")
	})
	sub("test_outer_task_is_not_cancelled", func(t *testing.T) {
		task := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) {
			ctx, cancel := context.WithTimeout(ctx, short)
			defer cancel()
			timedOut(t, block(ctx, sleep(long)))
			return 0, nil
		})
		assert.NoError(t, task.Err(t.Context()), "error")
		assert.Equal(t, concurrent.Done, task.State(), "state")
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
		assert.Equal(t, 10*short, time.Since(begin), "took")
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
		assert.Equal(t, context.Canceled, block(ctx, func(ctx context.Context) error { cancel(); return pause(ctx, 2*sec) }), "error")
	})
	bubble(t, "a task fails in the end", func(t *testing.T) {
		err := concurrent.Group(after(t, short), func(ctx context.Context, g *group) error {
			g.Go(cleanup(2*sec, errA))
			return errors.Join(errB, pause(ctx, sec))
		})
		assert.ErrorIs(t, err, errA)
		assert.ErrorIs(t, err, errB)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
