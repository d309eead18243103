package concurrent_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// The behaviours of asyncio's tasks that carry over; those of shields are in
// TestConformanceShield. Awaiting is Result, canceling a task ends the context of
// its function. Not here: what tasks print, coroutines, context variables and the
// plumbing of event loops.
func TestConformanceTasks(t *testing.T) {
	const prefix = "test_asyncio/test_tasks/"
	sub := func(name string, f func(t *testing.T)) { bubble(t, prefix+name, f) }
	task := func(t *testing.T, f func(context.Context) (int, error)) *concurrent.Task[int] {
		task := concurrent.NewTask(f)
		task.Start(t.Context())
		synctest.Wait()
		return task
	}
	result := func(t *testing.T, task *concurrent.Task[int], v int, err error) {
		t.Helper()
		got, gotErr := task.Result(t.Context())
		assert.Equal(t, v, got, "value")
		assert.ErrorIs(t, gotErr, err)
	}
	state := func(t *testing.T, task *concurrent.Task[int], s concurrent.FutureState) {
		t.Helper()
		assert.Equal(t, s, task.Future().State(), "state")
	}

	for _, name := range []string{"test_task_basics", "test_bare_create_task"} {
		sub(name, func(t *testing.T) {
			outer := task(t, func(ctx context.Context) (int, error) {
				inner := concurrent.NewTask(job{v: 1}.run)
				inner.Start(ctx)
				return inner.Result(ctx)
			})
			result(t, outer, 1, nil)
		})
	}
	sub("test_task_cancel_message_getter", func(t *testing.T) {
		task := task(t, job{d: 10 * sec}.run)
		task.Cancel(errWhy)
		result(t, task, 0, errWhy)
		result(t, task, 0, context.Canceled)
	})
	sub("test_bare_create_named_task", func(t *testing.T) {
		assert.Equal(t, "No-op", concurrent.NewTask(job{}.run, concurrent.TaskOptions{Name: "No-op"}).Name(), "name")
	})
	for _, name := range []string{"test_cancel", "test_cancel_yield"} {
		sub(name, func(t *testing.T) {
			task := task(t, job{v: 12, d: 10 * sec}.run)
			assert.True(t, task.Cancel(nil), "Cancel")
			result(t, task, 0, context.Canceled)
			state(t, task, concurrent.Canceled)
			assert.False(t, task.Cancel(nil), "Cancel again")
		})
	}
	for _, name := range []string{"test_cancel_with_message_then_future_result", "test_cancel_with_message_then_future_exception", "test_cancel_gather_2"} {
		sub(name, func(t *testing.T) {
			for _, message := range []error{nil, errA} {
				inner := task(t, job{d: 10 * sec}.run)
				outer := task(t, func(ctx context.Context) (int, error) {
					vs, err := concurrent.Gather(ctx, inner.Future())
					return len(vs), err
				})
				inner.Cancel(message)
				result(t, outer, 0, context.Canceled)
				if message != nil {
					result(t, outer, 0, message)
				}
			}
		})
	}
	sub("test_cancel_with_message_before_starting_task", func(t *testing.T) {
		task := concurrent.NewTask(job{d: 10 * sec}.run)
		task.Cancel(errA)
		task.Start(t.Context())
		result(t, task, 0, errA)
		state(t, task, concurrent.Canceled)
	})
	sub("test_cancellation_exception_context", func(t *testing.T) {
		inner := task(t, job{d: 10 * sec}.run)
		outer := task(t, func(ctx context.Context) (int, error) {
			_, err := inner.Result(ctx)
			return 0, errors.Join(errB, err)
		})
		inner.Cancel(errA)
		result(t, outer, 0, errB)
		result(t, outer, 0, errA)
	})
	sub("test_cancel_inner_future", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		task := task(t, p.Future().Result)
		p.Future().Cancel(nil)
		result(t, task, 0, context.Canceled)
	})
	sub("test_cancel_both_task_and_inner_future", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		task := task(t, p.Future().Result)
		p.Future().Cancel(nil)
		task.Cancel(nil)
		result(t, task, 0, context.Canceled)
		assert.Equal(t, concurrent.Canceled, p.Future().State(), "future")
	})
	sub("test_cancel_task_catching", func(t *testing.T) {
		first, second := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		task := task(t, func(ctx context.Context) (int, error) {
			first.Future().Result(ctx)
			if _, err := second.Future().Result(ctx); errors.Is(err, context.Canceled) {
				return 42, nil
			}
			return 0, nil
		})
		first.Resolve(0)
		synctest.Wait()
		task.Cancel(nil)
		result(t, task, 42, nil)
		state(t, task, concurrent.Done)
	})
	sub("test_cancel_task_ignoring", func(t *testing.T) {
		second, third := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		task := task(t, func(ctx context.Context) (int, error) {
			second.Future().Result(ctx)
			return third.Future().Result(context.WithoutCancel(ctx))
		})
		task.Cancel(nil)
		synctest.Wait()
		third.Resolve(42)
		result(t, task, 42, nil)
		state(t, task, concurrent.Done)
	})
	sub("test_cancel_current_task", func(t *testing.T) {
		var self *concurrent.Task[int]
		self = concurrent.NewTask(func(ctx context.Context) (int, error) {
			self.Cancel(nil)
			return 0, pause(ctx, 100*sec)
		})
		begin := time.Now()
		self.Start(t.Context())
		result(t, self, 0, context.Canceled)
		assert.Zero(t, time.Since(begin), "took")
		assert.False(t, self.Cancel(nil), "Cancel")
	})
	sub("test_cancel_awaited_task", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		var self *concurrent.Task[int]
		var nested *concurrent.Future[int]
		self = concurrent.NewTask(func(ctx context.Context) (int, error) {
			nested = concurrent.Go(ctx, func(ctx context.Context) (int, error) { return concurrent.Await(ctx, p.Future()) })
			self.Cancel(nil)
			return concurrent.Await(ctx, nested)
		})
		self.Start(t.Context())
		result(t, self, 0, context.Canceled)
		assert.Equal(t, concurrent.Canceled, nested.State(), "nested")
	})
	sub("test_task_cancel_sleeping_task", func(t *testing.T) {
		begin := time.Now()
		doer := task(t, func(ctx context.Context) (int, error) {
			sleeper := concurrent.Go(ctx, job{d: 5000 * sec}.run)
			time.AfterFunc(sec/10, func() { sleeper.Cancel(nil) })
			_, err := sleeper.Result(ctx)
			return 0, err
		})
		result(t, doer, 0, context.Canceled)
		assert.Equal(t, sec/10, time.Since(begin), "took")
	})
	sub("test_task_cancel_waiter_future", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		task := task(t, func(ctx context.Context) (int, error) { return concurrent.Await(ctx, p.Future()) })
		task.Cancel(nil)
		result(t, task, 0, context.Canceled)
		assert.Equal(t, concurrent.Canceled, p.Future().State(), "future")
	})
	sub("test_step_result_future", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		task := task(t, p.Future().Result)
		p.Resolve(7)
		result(t, task, 7, nil)
	})
	sub("test_baseexception_during_cancel", func(t *testing.T) {
		task := task(t, func(ctx context.Context) (int, error) { <-ctx.Done(); explode(); return 0, nil })
		task.Cancel(nil)
		pe := caught(t, func() { task.Join(t.Context()) })
		require.NotNil(t, pe)
		assert.Equal(t, errA, pe.Value)
		state(t, task, concurrent.Done)
	})
	sub("test_yield_future_passes_cancel", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		proof := 0
		inner := func(ctx context.Context) error {
			_, err := concurrent.Await(ctx, p.Future())
			if err != nil {
				proof++
			}
			return err
		}
		outer := task(t, func(ctx context.Context) (int, error) {
			if inner(ctx) != nil {
				proof += 100
			}
			return 0, nil
		})
		outer.Cancel(nil)
		result(t, outer, 0, nil)
		assert.Equal(t, 101, proof, "proof")
		assert.Equal(t, concurrent.Canceled, p.Future().State(), "future")
	})
	sub("test_yield_wait_does_not_shield_cancel", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		proof := 0
		inner := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) {
			p.Future().Result(ctx)
			proof++
			return 0, nil
		})
		outer := task(t, func(ctx context.Context) (int, error) {
			_, _, err := concurrent.Wait(ctx, concurrent.AllCompleted, inner)
			return 0, err
		})
		outer.Cancel(nil)
		result(t, outer, 0, context.Canceled)
		p.Resolve(0)
		inner.Err(t.Context())
		assert.Equal(t, 1, proof, "proof")
	})
	sub("test_exception_traceback", func(t *testing.T) {
		var pe *concurrent.PanicError
		require.ErrorAs(t, task(t, job{fate: explode}.run).Future().Err(t.Context()), &pe)
		assert.Contains(t, string(pe.Stack), "explode")
	})
	// These wait for the garbage collector, which works outside of bubbles.
	t.Run(prefix+"test_tb_logger_not_called_after_cancel", func(t *testing.T) {
		failures := hooked(t)
		ended := make(chan bool)
		func() {
			inner := concurrent.NewTask(func(ctx context.Context) (int, error) {
				defer close(ended)
				<-ctx.Done()
				return 0, ctx.Err()
			})
			inner.Start(t.Context())
			inner.Cancel(errUnseen)
		}()
		<-ended
		func() { concurrent.NewPromise[int]().Reject(errMarker) }()
		assert.Equal(t, errMarker, collected(t, failures).Err, "told of")
	})
	t.Run(prefix+"test_exception_marking", func(t *testing.T) {
		failures := hooked(t)
		func() {
			f := concurrent.Go(t.Context(), failUnseen)
			_, err := concurrent.Gather(t.Context(), f)
			assert.Equal(t, errUnseen, err)
		}()
		func() { concurrent.NewPromise[int]().Reject(errMarker) }()
		assert.Equal(t, errMarker, collected(t, failures).Err, "told of")
	})
	sub("test_context_2", func(t *testing.T) {
		type key struct{}
		outer := concurrent.NewTask(func(ctx context.Context) (int, error) {
			inner := concurrent.NewTask(func(ctx context.Context) (int, error) { return ctx.Value(key{}).(int), nil })
			inner.Start(ctx)
			return inner.Result(ctx)
		})
		outer.Start(context.WithValue(t.Context(), key{}, 7))
		result(t, outer, 7, nil)
	})

	// gather runs Gather in a task of its own.
	gather := func(fs ...*future) *concurrent.Future[[]int] {
		f := concurrent.Go(context.Background(), func(ctx context.Context) ([]int, error) { return concurrent.Gather(ctx, fs...) })
		synctest.Wait()
		return f
	}
	gatherAll := func(fs ...*future) *concurrent.Future[[]error] {
		f := concurrent.Go(context.Background(), func(ctx context.Context) ([]error, error) {
			_, errs := concurrent.GatherAll(ctx, fs...)
			return errs, nil
		})
		synctest.Wait()
		return f
	}
	promises := func(n int) (ps []*concurrent.Promise[int], fs []*future) {
		for range n {
			p := concurrent.NewPromise[int]()
			ps, fs = append(ps, p), append(fs, p.Future())
		}
		return ps, fs
	}
	sub("test_success", func(t *testing.T) {
		ps, fs := promises(3)
		f := gather(fs...)
		ps[1].Resolve(1)
		ps[0].Resolve(2)
		synctest.Wait()
		assert.Equal(t, concurrent.Running, f.State(), "state")
		ps[2].Resolve(3)
		vs, err := f.Result(t.Context())
		assert.Equal(t, []int{2, 1, 3}, vs)
		assert.NoError(t, err)
	})
	sub("test_result_exception_success", func(t *testing.T) {
		ps, fs := promises(2)
		f := gatherAll(fs...)
		ps[1].Resolve(1)
		ps[0].Resolve(2)
		errs, _ := f.Result(t.Context())
		assert.Empty(t, errs, "errors")
	})
	sub("test_one_exception", func(t *testing.T) {
		ps, fs := promises(5)
		f := gather(fs...)
		ps[0].Resolve(1)
		ps[1].Reject(errA)
		assert.Equal(t, errA, f.Err(t.Context()), "error")
		ps[2].Resolve(3) // without effect
		ps[4].Reject(errB)
	})
	sub("test_return_exceptions", func(t *testing.T) {
		ps, fs := promises(4)
		f := gatherAll(fs...)
		ps[1].Resolve(1)
		ps[2].Reject(errA)
		ps[0].Resolve(3)
		synctest.Wait()
		assert.Equal(t, concurrent.Running, f.State(), "state")
		ps[3].Reject(errB)
		errs, _ := f.Result(t.Context())
		assert.Equal(t, []error{nil, nil, errA, errB}, errs)
	})
	sub("test_one_cancellation", func(t *testing.T) {
		ps, fs := promises(5)
		f := gather(fs...)
		ps[0].Resolve(1)
		fs[1].Cancel(nil)
		assert.ErrorIs(t, f.Err(t.Context()), context.Canceled)
		assert.Equal(t, concurrent.Done, f.State())
	})
	sub("test_result_exception_one_cancellation", func(t *testing.T) {
		ps, fs := promises(4)
		f := gatherAll(fs...)
		ps[0].Resolve(1)
		ps[1].Reject(errA)
		fs[2].Cancel(nil)
		ps[3].Reject(errB)
		errs, _ := f.Result(t.Context())
		require.Len(t, errs, 4)
		assert.NoError(t, errs[0])
		assert.Equal(t, errA, errs[1])
		assert.ErrorIs(t, errs[2], context.Canceled)
		assert.Equal(t, errB, errs[3])
	})
	sub("test_duplicate_coroutines", func(t *testing.T) {
		ps, fs := promises(2)
		f := gather(fs[0], fs[0], fs[1], fs[0])
		ps[0].Resolve(1)
		ps[1].Resolve(2)
		vs, err := f.Result(t.Context())
		assert.Equal(t, []int{1, 1, 2, 1}, vs)
		assert.NoError(t, err)
	})
	sub("test_cancellation_broadcast", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{v: 1, d: 10 * sec}, job{v: 1, d: 10 * sec})
		f := gather(fs...)
		assert.True(t, f.Cancel(nil), "Cancel")
		assert.ErrorIs(t, f.Err(t.Context()), context.Canceled)
		assert.Equal(t, concurrent.Canceled, f.State())
		assert.Equal(t, concurrent.Canceled, fs[0].State(), "child 1")
		assert.Equal(t, concurrent.Canceled, fs[1].State(), "child 2")
	})
	sub("test_cancel_gather_1", func(t *testing.T) {
		ps, fs := promises(1)
		f := gather(fs...)
		ps[0].Resolve(42)
		synctest.Wait()
		assert.False(t, f.Cancel(nil), "Cancel")
		vs, err := f.Result(t.Context())
		assert.Equal(t, []int{42}, vs)
		assert.NoError(t, err)
	})
}
