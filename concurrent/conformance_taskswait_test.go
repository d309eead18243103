package concurrent_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/concurrent"
)

// The behaviours of asyncio.wait and asyncio.as_completed, on futures of Go.
func TestConformanceTasksWait(t *testing.T) {
	const prefix = "test_asyncio/test_tasks/"
	const tenth = sec / 10
	sub := func(name string, f func(t *testing.T)) { bubble(t, prefix+name, f) }
	jobs := func(js ...job) []*future { return start(new(atomic.Int32), js...) }
	// wait checks what Wait returns, the futures given by their index, and when.
	wait := func(t *testing.T, ctx context.Context, until concurrent.When, fs []*future, wantErr error, took time.Duration, done ...int) {
		t.Helper()
		begin := time.Now()
		ended, pending, err := concurrent.Wait(ctx, until, fs...)
		assert.Equal(t, took, time.Since(begin), "took")
		assert.Equal(t, wantErr, err, "error")
		for i, f := range fs {
			assert.Equal(t, slices.Contains(done, i), slices.Contains(ended, f), "future %d", i)
			assert.NotEqual(t, slices.Contains(done, i), slices.Contains(pending, f), "future %d", i)
			assert.Equal(t, slices.Contains(done, i), f.State() == concurrent.Done, "future %d has ended", i)
		}
		concurrent.GatherAll(t.Context(), fs...)
	}
	sub("test_wait", func(t *testing.T) {
		fs := jobs(job{d: tenth}, job{d: 3 * tenth})
		wait(t, t.Context(), concurrent.AllCompleted, fs, nil, 3*tenth, 0, 1)
		wait(t, t.Context(), concurrent.AllCompleted, fs, nil, 0, 0, 1)
	})
	// The timeout and the first to end come at the same time, in this order.
	sub("test_wait_concurrent_complete", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		fs := jobs(job{d: tenth}, job{d: 3 * tenth})
		fs[0].OnDone(func() { cancel(errGaveUp) })
		wait(t, ctx, concurrent.AllCompleted, fs, errGaveUp, tenth, 0)
	})
	bubble(t, "given twice, returned twice", func(t *testing.T) {
		f := jobs(job{d: tenth})[0]
		done, pending, err := concurrent.Wait(t.Context(), concurrent.AllCompleted, f, f)
		assert.Equal(t, []*future{f, f}, done)
		assert.Empty(t, pending)
		assert.NoError(t, err)
	})
	sub("test_wait_first_completed", func(t *testing.T) {
		wait(t, t.Context(), concurrent.FirstCompleted, jobs(job{d: 10 * sec}, job{d: tenth}), nil, tenth, 1)
	})
	sub("test_wait_really_done", func(t *testing.T) {
		// When the first ends, so does the second, before Wait is told.
		a, b := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		a.Future().OnDone(func() { b.Resolve(2) })
		time.AfterFunc(tenth, func() { a.Resolve(1) })
		wait(t, t.Context(), concurrent.FirstCompleted, []*future{a.Future(), b.Future()}, nil, tenth, 0, 1)
	})
	sub("test_wait_first_exception", func(t *testing.T) {
		wait(t, t.Context(), concurrent.FirstError, jobs(job{d: 10 * sec}, job{err: errA}), nil, 0, 1)
	})
	sub("test_wait_first_exception_in_wait", func(t *testing.T) {
		wait(t, t.Context(), concurrent.FirstError, jobs(job{d: 10 * sec}, job{d: tenth, err: errA}), nil, tenth, 1)
	})
	sub("test_wait_with_exception", func(t *testing.T) {
		fs := jobs(job{d: tenth}, job{d: 2 * tenth, err: errA})
		wait(t, t.Context(), concurrent.AllCompleted, fs, nil, 2*tenth, 0, 1)
		assert.NoError(t, fs[0].Err(t.Context()), "error")
		assert.Equal(t, errA, fs[1].Err(t.Context()), "error")
		wait(t, t.Context(), concurrent.AllCompleted, fs, nil, 0, 0, 1)
	})
	sub("test_wait_with_timeout", func(t *testing.T) {
		wait(t, within(t, 2*tenth), concurrent.AllCompleted, jobs(job{d: tenth}, job{d: 10 * sec}), errGaveUp, 2*tenth, 0)
	})
	for _, name := range []string{"test_wait_with_iterator_of_tasks", "test_wait_generator"} {
		sub(name, func(t *testing.T) {
			fs := slices.Collect(func(yield func(*future) bool) {
				for i := range 10 {
					if !yield(jobs(job{v: i})[0]) {
						return
					}
				}
			})
			wait(t, t.Context(), concurrent.AllCompleted, fs, nil, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		})
	}

	// inOrder checks in which order AsCompleted yields the futures.
	inOrder := func(t *testing.T, ctx context.Context, fs []*future, took time.Duration, wanted ...int) {
		t.Helper()
		begin := time.Now()
		var got []int
		for i, f := range concurrent.AsCompleted(ctx, fs...) {
			assert.Same(t, fs[i], f, "the same future")
			got = append(got, i)
		}
		assert.Equal(t, took, time.Since(begin), "took")
		assert.Equal(t, wanted, got, "order")
		concurrent.GatherAll(t.Context(), fs...)
	}
	for _, name := range []string{"test_as_completed", "test_as_completed_same_tasks_in_as_out"} {
		sub(name, func(t *testing.T) {
			inOrder(t, t.Context(), jobs(job{d: 3 * tenth}, job{d: 2 * tenth}, job{d: tenth}), 3*tenth, 2, 1, 0)
		})
	}
	sub("test_as_completed_concurrent", func(t *testing.T) {
		fs := jobs(job{v: 1, d: tenth}, job{v: 2, d: tenth})
		begin := time.Now()
		var got []*future
		for _, f := range concurrent.AsCompleted(t.Context(), fs...) {
			got = append(got, f)
		}
		assert.Equal(t, tenth, time.Since(begin), "took")
		vs, err := concurrent.Gather(t.Context(), got...)
		assert.ElementsMatch(t, []int{1, 2}, vs)
		assert.NoError(t, err)
	})
	sub("test_as_completed_with_timeout", func(t *testing.T) {
		ctx := within(t, 2*tenth)
		inOrder(t, ctx, jobs(job{d: tenth}, job{d: 10 * sec}), 2*tenth, 0)
		assert.Equal(t, errGaveUp, context.Cause(ctx), "cause")
	})
	sub("test_as_completed_with_unused_timeout", func(t *testing.T) {
		inOrder(t, within(t, 10*sec), jobs(job{d: tenth}), tenth, 0)
	})
	bubble(t, "ranged over again", func(t *testing.T) {
		seq := concurrent.AsCompleted(t.Context(), jobs(job{d: tenth}, job{d: 2 * tenth}, job{d: 3 * tenth})...)
		for i := range seq {
			assert.Zero(t, i, "first")
			break
		}
		var again []int
		for i := range seq { // afresh, those that have ended first
			again = append(again, i)
		}
		assert.Equal(t, []int{0, 1, 2}, again, "order")
	})
	bubble(t, "ended before", func(t *testing.T) {
		fs := jobs(job{v: 1, d: tenth}, job{v: 0, d: tenth / 2})
		v, err := fs[0].Result(t.Context())
		assert.Equal(t, 1, v)
		assert.NoError(t, err)
		inOrder(t, t.Context(), fs, 0, 0, 1)
	})
	bubble(t, "given twice, yielded twice", func(t *testing.T) {
		f := jobs(job{d: tenth})[0]
		inOrder(t, t.Context(), []*future{f, f}, tenth, 0, 1)
	})
	bubble(t, "a failure and a panic", func(t *testing.T) {
		fs := jobs(job{err: errA}, job{fate: explode})
		wait(t, t.Context(), concurrent.AllCompleted, fs, nil, 0, 0, 1)
		assert.ErrorIs(t, fs[1].Err(t.Context()), errA)
	})
}
