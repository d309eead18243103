package concurrent_test

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

type runner struct{ ran *bool }

func (r runner) Run(ctx context.Context) error { *r.ran = true; return errA }

func TestTask(t *testing.T) {
	bubble(t, "life", func(t *testing.T) {
		task := concurrent.NewTask(job{v: 1, d: sec}.run)
		assert.False(t, task.Alive(), "alive before")
		assert.Equal(t, concurrent.Pending, task.Future().State(), "state before")
		task.Start(t.Context())
		assert.True(t, task.Alive(), "alive")
		select {
		case <-task.Done():
			assert.Fail(t, "done at once")
		default:
		}
		synctest.Wait()
		assert.Equal(t, concurrent.Running, task.Future().State(), "state")
		begin := time.Now()
		for range 2 {
			assert.NoError(t, task.Join(t.Context()), "Join")
			v, err := task.Result(t.Context())
			assert.Equal(t, 1, v, "value")
			assert.NoError(t, err, "error")
		}
		assert.Equal(t, sec, time.Since(begin), "took")
		assert.False(t, task.Alive(), "alive after")
		<-task.Done()
	})
	bubble(t, "error", func(t *testing.T) {
		task := concurrent.NewTask(job{v: 1, err: errA}.run)
		task.Start(t.Context())
		assert.Equal(t, errA, task.Join(t.Context()), "Join")
		_, err := task.Result(t.Context())
		assert.Equal(t, errA, err, "Result")
	})
	bubble(t, "the context of Join ends", func(t *testing.T) {
		task := concurrent.NewTask(job{v: 1, d: 2 * sec}.run)
		task.Start(t.Context())
		assert.Equal(t, errGaveUp, task.Join(within(t, sec)), "Join")
		assert.True(t, task.Alive(), "alive")
		assert.NoError(t, task.Join(t.Context()), "Join")
		assert.Equal(t, errGaveUp, task.Join(endedContext(t)), "Join on entry")
	})
	bubble(t, "the context of Start ends", func(t *testing.T) {
		task := concurrent.NewTask(job{v: 1, d: 2 * sec}.run)
		task.Start(within(t, sec))
		var ce *concurrent.CanceledError
		require.ErrorAs(t, task.Join(t.Context()), &ce)
		assert.Equal(t, errGaveUp, ce.Cause)
	})
	bubble(t, "the context of Start has ended", func(t *testing.T) {
		task := concurrent.NewTask(func(context.Context) (int, error) { panic("called") })
		task.Start(endedContext(t))
		assert.ErrorIs(t, task.Join(t.Context()), errGaveUp)
		assert.False(t, task.Alive())
	})
	bubble(t, "canceled", func(t *testing.T) {
		task := concurrent.NewTask(job{d: 9 * sec, late: sec}.run)
		task.Start(t.Context())
		synctest.Wait()
		begin := time.Now()
		assert.True(t, task.Cancel(errA), "Cancel")
		assert.ErrorIs(t, task.Join(t.Context()), errA)
		assert.Equal(t, sec, time.Since(begin))
		assert.False(t, task.Cancel(nil), "Cancel after the end")
	})
	bubble(t, "canceled before", func(t *testing.T) {
		task := concurrent.NewTask(func(context.Context) (int, error) { panic("called") })
		assert.True(t, task.Cancel(errA), "Cancel")
		for i := range 2 {
			assert.ErrorIs(t, task.Join(t.Context()), errA)
			assert.False(t, task.Alive())
			if i == 0 {
				task.Start(t.Context())
				synctest.Wait()
			}
		}
	})
	bubble(t, "panic", func(t *testing.T) {
		task := concurrent.NewTask(job{fate: explode}.run)
		task.Start(t.Context())
		for range 2 {
			pe := caught(t, func() { task.Join(t.Context()) })
			require.NotNil(t, pe)
			assert.Equal(t, errA, pe.Value)
			assert.Contains(t, string(pe.Stack), "explode")
		}
	})
	bubble(t, "goexit", func(t *testing.T) {
		task := concurrent.NewTask(job{fate: goexit}.run, concurrent.TaskOptions{Name: "named"})
		task.Start(t.Context())
		assert.True(t, exited(func() { task.Join(t.Context()) }), "the goroutine went on")
		assert.Equal(t, concurrent.ErrGoexit, task.Future().Err(t.Context()), "error")
	})
	bubble(t, "its context", func(t *testing.T) {
		type key struct{}
		var kept context.Context
		task := concurrent.NewTask(func(ctx context.Context) (int, error) { kept = ctx; return ctx.Value(key{}).(int), ctx.Err() })
		task.Start(context.WithValue(t.Context(), key{}, 7))
		v, err := task.Result(t.Context())
		assert.Equal(t, 7, v, "value")
		assert.NoError(t, err, "error")
		assert.Error(t, kept.Err(), "ended")
		assert.Equal(t, context.Cause(kept), task.Join(kept), "Join with it") // not by itself: it has ended
	})
	bubble(t, "runner", func(t *testing.T) {
		ran := false
		task := concurrent.NewRunner(runner{&ran}, concurrent.TaskOptions{Name: "r"})
		task.Start(t.Context())
		assert.Equal(t, errA, task.Join(t.Context()), "error")
		assert.True(t, ran, "ran")
		assert.Equal(t, "r", task.Name(), "name")
	})
	bubble(t, "as a future", func(t *testing.T) {
		a, b := concurrent.NewTask(job{v: 1, d: sec}.run), concurrent.NewTask(job{v: 2}.run)
		a.Start(t.Context())
		b.Start(t.Context())
		vs, err := concurrent.Gather(t.Context(), a.Future(), b.Future())
		assert.Equal(t, []int{1, 2}, vs)
		assert.NoError(t, err)
	})
	bubble(t, "joined from many goroutines", func(t *testing.T) {
		task := concurrent.NewTask(job{v: 1, d: sec}.run)
		task.Start(t.Context())
		var joined atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if v, err := task.Result(t.Context()); v == 1 && err == nil {
					joined.Add(1)
				}
			})
		}
		wg.Wait()
		assert.Equal(t, int32(20), joined.Load(), "joined")
	})
}

func TestTaskName(t *testing.T) {
	a, b := concurrent.NewTask(job{}.run), concurrent.NewTask(job{}.run)
	assert.Regexp(t, `^task-\d+$`, a.Name())
	assert.Regexp(t, `^task-\d+$`, b.Name())
	assert.NotEqual(t, b.Name(), a.Name())
	for name, labelled := range map[string]bool{"indexer": true, "": false} {
		task := concurrent.NewTask(func(ctx context.Context) (string, error) {
			label, _ := pprof.Label(ctx, "task")
			var profile bytes.Buffer
			err := pprof.Lookup("goroutine").WriteTo(&profile, 1)
			if !strings.Contains(profile.String(), `{"task":"indexer"}`) {
				label += " not in the profile"
			}
			return label, err
		}, concurrent.TaskOptions{Name: name})
		task.Start(t.Context())
		label, err := task.Result(t.Context())
		assert.Equal(t, map[bool]string{true: "indexer", false: " not in the profile"}[labelled], label)
		assert.NoError(t, err)
	}
}

// A task with a thread of its own takes it along: the next goroutine does not find
// the thread's state.
func TestTaskOnOSThread(t *testing.T) {
	threads := func(onOSThread bool) int {
		seen := map[any]bool{}
		for range 20 {
			task := concurrent.NewTask(func(context.Context) (any, error) { return threadID(), nil }, concurrent.TaskOptions{OnOSThread: onOSThread})
			task.Start(t.Context())
			id, _ := task.Result(t.Context())
			seen[id] = true
		}
		return len(seen)
	}
	if threadID() == nil {
		t.Skip("threads are not told apart here")
	}
	assert.Equal(t, 20, threads(true), "threads of 20 tasks")
	assert.NotEqual(t, 20, threads(false), "threads of 20 tasks without threads of their own")
}

func TestTaskUnseen(t *testing.T) {
	for name, f := range map[string]func() (int, error){
		"error": func() (int, error) { return 0, errUnseen },
		"panic": explodeUnseen,
	} {
		t.Run(name, func(t *testing.T) {
			failures := hooked(t)
			func() {
				task := concurrent.NewTask(func(context.Context) (int, error) { return f() }, concurrent.TaskOptions{Name: "lonely"})
				task.Start(t.Context())
			}()
			f := collected(t, failures)
			assert.ErrorIs(t, f.Err, errUnseen)
			assert.Equal(t, "lonely", f.Name)
		})
	}
	t.Run("joined", func(t *testing.T) {
		failures := hooked(t)
		func() {
			task := concurrent.NewTask(failUnseen)
			task.Start(t.Context())
			task.Join(t.Context())
		}()
		func() { concurrent.NewPromise[int]().Reject(errMarker) }()
		assert.Equal(t, errMarker, collected(t, failures).Err, "told of")
		assert.Empty(t, failures, "told after that")
	})
}

func TestTaskMisuse(t *testing.T) {
	ctx := context.Background()
	mustPanic(t, map[string]func(){
		"NewTask of a nil function": func() { concurrent.NewTask[int](nil) },
		"NewRunner of nil":          func() { concurrent.NewRunner(nil) },
		"NewTask with 2":            func() { concurrent.NewTask(job{}.run, concurrent.TaskOptions{}, concurrent.TaskOptions{}) },
		"which was started before": func() {
			task := concurrent.NewTask(job{}.run)
			task.Start(ctx)
			task.Join(ctx)
			task.Start(ctx)
		},
		"Task.Join of idle, which was not started": func() {
			concurrent.NewTask(job{}.run, concurrent.TaskOptions{Name: "idle"}).Join(ctx)
		},
		"by itself": func() {
			var task *concurrent.Task[int]
			task = concurrent.NewTask(func(ctx context.Context) (v int, err error) {
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				return task.Result(ctx)
			})
			task.Start(ctx)
			panic(task.Future().Err(ctx).(*concurrent.PanicError).Value)
		},
	})
	// Tasks may join those that started them in their context, if they do not wait for
	// each other.
	bubble(t, "join of the starter", func(t *testing.T) {
		var outer, inner *concurrent.Task[int]
		inner = concurrent.NewTask(func(context.Context) (int, error) { return outer.Result(t.Context()) })
		outer = concurrent.NewTask(func(ctx context.Context) (int, error) { inner.Start(context.WithoutCancel(ctx)); return 1, nil })
		outer.Start(t.Context())
		synctest.Wait()
		v, err := inner.Result(t.Context())
		assert.Equal(t, 1, v, "value")
		assert.NoError(t, err, "error")
	})
}

// The behaviours of threading.Thread that carry over.
func TestConformanceTask(t *testing.T) {
	const threads = "test_threading/ThreadTests/"
	bubble(t, threads+"test_various_ops", func(t *testing.T) {
		sema := concurrent.NewBoundedSemaphore(3)
		var running atomic.Int32
		var tasks []*concurrent.Task[int]
		for range 10 {
			task := concurrent.NewTask(func(ctx context.Context) (int, error) {
				if err := sema.Acquire(ctx, 1); err != nil {
					return 0, err
				}
				defer sema.Release(1)
				assert.LessOrEqual(t, running.Add(1), int32(3), "at the same time")
				time.Sleep(sec)
				running.Add(-1)
				return 0, nil
			})
			assert.False(t, task.Alive(), "alive before")
			task.Start(t.Context())
			tasks = append(tasks, task)
		}
		for _, task := range tasks {
			assert.NoError(t, task.Join(t.Context()), "Join")
			assert.False(t, task.Alive(), "alive")
		}
		assert.Zero(t, running.Load(), "running")
	})
	bubble(t, threads+"test_join_from_multiple_threads", func(t *testing.T) {
		for n := 2; n < 20; n++ {
			worker := concurrent.NewTask(job{d: sec}.run)
			worker.Start(t.Context())
			var joiners []*concurrent.Task[int]
			for range n {
				j := concurrent.NewTask(worker.Result)
				j.Start(t.Context())
				joiners = append(joiners, j)
			}
			for _, j := range joiners {
				assert.NoError(t, j.Join(t.Context()), "Join")
			}
		}
	})
	bubble(t, threads+"test_join_with_timeout", func(t *testing.T) {
		task := concurrent.NewTask(job{d: 2 * sec}.run)
		task.Start(t.Context())
		assert.Equal(t, errGaveUp, task.Join(within(t, sec)), "Join")
		assert.True(t, task.Alive(), "alive")
		assert.NoError(t, task.Join(t.Context()), "Join")
		assert.False(t, task.Alive(), "alive")
	})
	bubble(t, threads+"test_leak_without_join", func(t *testing.T) {
		concurrent.NewTask(job{}.run).Start(t.Context()) // the bubble would find what is left
	})
	const exceptions = "test_threading/ThreadingExceptionTests/"
	bubble(t, exceptions+"test_start_thread_again", func(t *testing.T) {
		task := concurrent.NewTask(job{}.run)
		task.Start(t.Context())
		misuse(t, "which was started before", func() { task.Start(t.Context()) })
		task.Join(t.Context())
	})
	bubble(t, exceptions+"test_joining_current_thread", func(t *testing.T) {
		var task *concurrent.Task[int]
		task = concurrent.NewTask(func(ctx context.Context) (int, error) {
			misuse(t, "by itself", func() { task.Join(ctx) })
			return 1, nil
		})
		task.Start(t.Context())
		v, err := task.Result(t.Context())
		assert.Equal(t, 1, v, "value")
		assert.NoError(t, err, "error")
	})
	bubble(t, exceptions+"test_joining_inactive_thread", func(t *testing.T) {
		misuse(t, "which was not started", func() { concurrent.NewTask(job{}.run).Join(t.Context()) })
	})
}
