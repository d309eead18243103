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
// plumbing of event loops. What has no name of asyncio's is otherwise there.
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

	sub("test_task_basics", func(t *testing.T) {
		outer := task(t, func(ctx context.Context) (int, error) {
			a, err := job{v: 42}.run(ctx)
			b, err2 := job{v: 1000}.run(ctx)
			return a + b, errors.Join(err, err2)
		})
		result(t, outer, 1042, nil)
	})
	sub("test_bare_create_task", func(t *testing.T) {
		outer := task(t, func(ctx context.Context) (int, error) {
			inner := concurrent.NewTask(job{v: 1}.run)
			inner.Start(ctx)
			return inner.Result(ctx)
		})
		result(t, outer, 1, nil)
	})
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
	// canceled checks that a task was canceled with this cause, or none.
	canceled := func(t *testing.T, task *concurrent.Task[int], cause error) {
		t.Helper()
		result(t, task, 0, context.Canceled)
		if cause != nil {
			result(t, task, 0, cause)
		}
		state(t, task, concurrent.Canceled)
	}
	for name, ask := range map[string]func(context.Context, *future) error{
		"test_cancel_with_message_then_future_result":    func(ctx context.Context, f *future) error { _, err := f.Result(ctx); return err },
		"test_cancel_with_message_then_future_exception": func(ctx context.Context, f *future) error { return f.Err(ctx) },
	} {
		sub(name, func(t *testing.T) {
			for _, message := range []error{nil, errA} {
				outer := task(t, func(ctx context.Context) (int, error) {
					inner := concurrent.NewTask(job{d: 10 * sec}.run)
					inner.Start(ctx)
					time.Sleep(sec) // it has begun
					inner.Cancel(message)
					_, _, err := concurrent.Wait(ctx, concurrent.AllCompleted, inner.Future())
					assert.NoError(t, err, "Wait")
					canceled(t, inner, message)
					return 0, ask(ctx, inner.Future())
				})
				result(t, outer, 0, context.Canceled)
				if message != nil {
					result(t, outer, 0, message)
				}
			}
		})
	}
	sub("test_cancel_gather_2", func(t *testing.T) {
		for _, message := range []error{nil, errA} {
			outer := task(t, func(ctx context.Context) (int, error) {
				for {
					inner := concurrent.Go(ctx, job{d: sec / 20}.run)
					if _, errs := concurrent.GatherAll(ctx, inner); errs != nil {
						return 0, errs[0]
					}
				}
			})
			time.Sleep(sec / 5)
			outer.Cancel(message)
			canceled(t, outer, message)
		}
	})
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
	bubble(t, "inner future canceled", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		task := task(t, p.Future().Result)
		p.Future().Cancel(nil)
		result(t, task, 0, context.Canceled)
		state(t, task, concurrent.Done)
	})
	sub("test_cancel_both_task_and_inner_future", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		task := task(t, p.Future().Result)
		p.Future().Cancel(nil)
		task.Cancel(nil)
		canceled(t, task, nil)
		assert.Equal(t, concurrent.Canceled, p.Future().State(), "future")
	})
	sub("test_cancel_task_catching", func(t *testing.T) {
		first, second := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		task := task(t, func(ctx context.Context) (int, error) {
			concurrent.Await(ctx, first.Future())
			if _, err := concurrent.Await(ctx, second.Future()); errors.Is(err, context.Canceled) {
				return 42, nil
			}
			return 0, nil
		})
		first.Resolve(0)
		synctest.Wait()
		task.Cancel(nil)
		synctest.Wait()
		assert.Equal(t, concurrent.Canceled, second.Future().State(), "the future that it awaits")
		result(t, task, 42, nil)
		state(t, task, concurrent.Done)
	})
	sub("test_cancel_task_ignoring", func(t *testing.T) {
		first, second, third := concurrent.NewPromise[int](), concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		task := task(t, func(ctx context.Context) (int, error) {
			concurrent.Await(ctx, first.Future())
			concurrent.Await(ctx, second.Future())
			return concurrent.Await(context.WithoutCancel(ctx), third.Future())
		})
		first.Resolve(0)
		synctest.Wait()
		task.Cancel(nil)
		synctest.Wait()
		assert.Equal(t, concurrent.Canceled, second.Future().State(), "the future that it awaits")
		third.Resolve(42)
		result(t, task, 42, nil)
		state(t, task, concurrent.Done)
		assert.Equal(t, concurrent.Done, third.Future().State(), "the next")
	})
	sub("test_cancel_current_task", func(t *testing.T) {
		var self *concurrent.Task[int]
		self = concurrent.NewTask(func(ctx context.Context) (int, error) {
			self.Cancel(nil)
			return 0, pause(ctx, 100*sec)
		})
		begin := time.Now()
		self.Start(t.Context())
		canceled(t, self, nil)
		assert.Zero(t, time.Since(begin), "took")
		assert.False(t, self.Cancel(nil), "Cancel")
	})
	sub("test_cancel_awaited_task", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		var self *concurrent.Task[int]
		var nested *concurrent.Future[int]
		self = concurrent.NewTask(func(ctx context.Context) (int, error) {
			nested = concurrent.Go(ctx, func(ctx context.Context) (int, error) { return concurrent.Await(ctx, p.Future()) })
			time.Sleep(sec) // it has begun
			self.Cancel(nil)
			return concurrent.Await(ctx, nested)
		})
		self.Start(t.Context())
		canceled(t, self, nil)
		assert.Equal(t, concurrent.Canceled, nested.State(), "nested")
		assert.Equal(t, concurrent.Canceled, p.Future().State(), "future")
	})
	sub("test_task_cancel_sleeping_task", func(t *testing.T) {
		begin := time.Now()
		doer := task(t, func(ctx context.Context) (int, error) {
			sleeper := concurrent.Go(ctx, job{d: 5000 * sec}.run)
			time.AfterFunc(sec/10, func() { sleeper.Cancel(nil) })
			_, err := sleeper.Result(ctx)
			assert.ErrorIs(t, err, context.Canceled, "the sleeper")
			return 1, nil
		})
		result(t, doer, 1, nil)
		assert.Equal(t, sec/10, time.Since(begin), "took")
	})
	sub("test_task_cancel_waiter_future", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		task := task(t, func(ctx context.Context) (int, error) { return concurrent.Await(ctx, p.Future()) })
		task.Cancel(nil)
		canceled(t, task, nil)
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
			if err == nil {
				proof += 100
			}
			return 0, err
		})
		outer.Cancel(nil)
		canceled(t, outer, nil)
		assert.Equal(t, concurrent.Running, inner.State(), "what it waits for")
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
	t.Run("canceled unseen", func(t *testing.T) {
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
		ended := make(chan bool)
		func() {
			a, b := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
			after := func(p *concurrent.Promise[int]) *future {
				return concurrent.Go(t.Context(), func(context.Context) (int, error) {
					p.Future().Result(context.Background())
					return failUnseen(context.Background())
				})
			}
			go func() {
				defer close(ended)
				_, err := concurrent.Gather(t.Context(), after(a), after(b))
				assert.Equal(t, errUnseen, err)
			}()
			a.Resolve(0)
			b.Resolve(0) // its failure is not returned
		}()
		<-ended
		func() { concurrent.NewPromise[int]().Reject(errMarker) }()
		assert.Equal(t, errMarker, collected(t, failures).Err, "told of")
	})
	bubble(t, "values of the context", func(t *testing.T) {
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
	// all is what GatherAll returns.
	type all struct {
		values []int
		errs   []error
	}
	gatherAll := func(fs ...*future) *concurrent.Future[all] {
		f := concurrent.Go(context.Background(), func(ctx context.Context) (got all, _ error) {
			got.values, got.errs = concurrent.GatherAll(ctx, fs...)
			return got, nil
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
		ps, fs := promises(3)
		f := gatherAll(fs...)
		ps[1].Resolve(1)
		ps[0].Resolve(2)
		synctest.Wait()
		assert.Equal(t, concurrent.Running, f.State(), "state")
		ps[2].Resolve(3)
		got, _ := f.Result(t.Context())
		assert.Equal(t, all{values: []int{2, 1, 3}}, got)
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
		got, _ := f.Result(t.Context())
		assert.Equal(t, all{[]int{3, 1, 0, 0}, []error{nil, nil, errA, errB}}, got)
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
		ps, fs := promises(6)
		f := gatherAll(fs...)
		ps[0].Resolve(1)
		ps[1].Reject(errA)
		fs[2].Cancel(nil)
		synctest.Wait()
		assert.Equal(t, concurrent.Running, f.State(), "state")
		ps[3].Resolve(3)
		fs[4].Cancel(nil)
		ps[5].Reject(errB)
		got, _ := f.Result(t.Context())
		require.Len(t, got.errs, 6)
		for _, i := range []int{2, 4} {
			assert.ErrorIs(t, got.errs[i], context.Canceled)
			got.errs[i] = nil
		}
		assert.Equal(t, all{[]int{1, 0, 0, 3, 0, 0}, []error{nil, errA, nil, nil, nil, errB}}, got)
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
		assert.False(t, f.Cancel(nil), "Cancel again")
	})
	bubble(t, "canceled when all children have ended", func(t *testing.T) {
		ps, fs := promises(1)
		f := gather(fs...)
		fs[0].OnDone(func() { assert.True(t, f.Cancel(nil), "Cancel") })
		ps[0].Resolve(42)
		vs, err := f.Result(t.Context())
		assert.Equal(t, []int{42}, vs)
		assert.NoError(t, err)
		assert.Equal(t, concurrent.Done, f.State())
	})
}
