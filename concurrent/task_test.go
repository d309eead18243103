package concurrent_test

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

type runner struct{ ran *bool }

func (r runner) Run(ctx context.Context) error { *r.ran = true; return errA }

func TestTask(t *testing.T) {
	bubble(t, "life", func(t *testing.T) {
		task := concurrent.NewTask(job{v: 1, d: sec}.run)
		want(t, "alive before", task.Alive(), false)
		want(t, "state before", task.Future().State(), concurrent.Pending)
		task.Start(t.Context())
		want(t, "alive", task.Alive(), true)
		select {
		case <-task.Done():
			t.Error("done at once")
		default:
		}
		synctest.Wait()
		want(t, "state", task.Future().State(), concurrent.Running)
		begin := time.Now()
		for range 2 {
			want(t, "Join", task.Join(t.Context()), nil)
			v, err := task.Result(t.Context())
			want(t, "value", v, 1)
			want(t, "error", err, nil)
		}
		want(t, "took", time.Since(begin), sec)
		want(t, "alive after", task.Alive(), false)
		<-task.Done()
	})
	bubble(t, "error", func(t *testing.T) {
		task := concurrent.NewTask(job{v: 1, err: errA}.run)
		task.Start(t.Context())
		want(t, "Join", task.Join(t.Context()), errA)
		_, err := task.Result(t.Context())
		want(t, "Result", err, errA)
	})
	bubble(t, "the context of Join ends", func(t *testing.T) {
		task := concurrent.NewTask(job{v: 1, d: 2 * sec}.run)
		task.Start(t.Context())
		want(t, "Join", task.Join(within(t, sec)), errGaveUp)
		want(t, "alive", task.Alive(), true)
		want(t, "Join", task.Join(t.Context()), nil)
		want(t, "Join on entry", task.Join(endedContext(t)), errGaveUp)
	})
	bubble(t, "the context of Start ends", func(t *testing.T) {
		task := concurrent.NewTask(job{v: 1, d: 2 * sec}.run)
		task.Start(within(t, sec))
		var ce *concurrent.CanceledError
		if err := task.Join(t.Context()); !errors.As(err, &ce) || ce.Cause != errGaveUp {
			t.Errorf("got %v", err)
		}
	})
	bubble(t, "the context of Start has ended", func(t *testing.T) {
		task := concurrent.NewTask(func(context.Context) (int, error) { panic("called") })
		task.Start(endedContext(t))
		if err := task.Join(t.Context()); !errors.Is(err, errGaveUp) || task.Alive() {
			t.Errorf("got %v", err)
		}
	})
	bubble(t, "canceled", func(t *testing.T) {
		task := concurrent.NewTask(job{d: 9 * sec, late: sec}.run)
		task.Start(t.Context())
		synctest.Wait()
		begin := time.Now()
		want(t, "Cancel", task.Cancel(errA), true)
		if err := task.Join(t.Context()); !errors.Is(err, errA) || time.Since(begin) != sec {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
		want(t, "Cancel after the end", task.Cancel(nil), false)
	})
	bubble(t, "canceled before", func(t *testing.T) {
		task := concurrent.NewTask(func(context.Context) (int, error) { panic("called") })
		want(t, "Cancel", task.Cancel(errA), true)
		for i := range 2 {
			if err := task.Join(t.Context()); !errors.Is(err, errA) || task.Alive() {
				t.Errorf("got %v", err)
			}
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
			if pe == nil || pe.Value != errA || !strings.Contains(string(pe.Stack), "explode") {
				t.Errorf("raised %v", pe)
			}
		}
	})
	bubble(t, "goexit", func(t *testing.T) {
		task := concurrent.NewTask(job{fate: goexit}.run, concurrent.TaskOptions{Name: "named"})
		task.Start(t.Context())
		if !exited(func() { task.Join(t.Context()) }) {
			t.Error("the goroutine went on")
		}
		want(t, "error", task.Future().Err(t.Context()), concurrent.ErrGoexit)
	})
	bubble(t, "its context", func(t *testing.T) {
		type key struct{}
		var kept context.Context
		task := concurrent.NewTask(func(ctx context.Context) (int, error) { kept = ctx; return ctx.Value(key{}).(int), ctx.Err() })
		task.Start(context.WithValue(t.Context(), key{}, 7))
		v, err := task.Result(t.Context())
		want(t, "value", v, 7)
		want(t, "error", err, nil)
		want(t, "ended", kept.Err() != nil, true)
		want(t, "Join with it", task.Join(kept), context.Cause(kept)) // not by itself: it has ended
	})
	bubble(t, "runner", func(t *testing.T) {
		ran := false
		task := concurrent.NewRunner(runner{&ran}, concurrent.TaskOptions{Name: "r"})
		task.Start(t.Context())
		want(t, "error", task.Join(t.Context()), errA)
		want(t, "ran", ran, true)
		want(t, "name", task.Name(), "r")
	})
	bubble(t, "as a future", func(t *testing.T) {
		a, b := concurrent.NewTask(job{v: 1, d: sec}.run), concurrent.NewTask(job{v: 2}.run)
		a.Start(t.Context())
		b.Start(t.Context())
		vs, err := concurrent.Gather(t.Context(), a.Future(), b.Future())
		if len(vs) != 2 || vs[0] != 1 || vs[1] != 2 || err != nil {
			t.Errorf("got %v, %v", vs, err)
		}
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
		want(t, "joined", joined.Load(), 20)
	})
}

func TestTaskName(t *testing.T) {
	a, b := concurrent.NewTask(job{}.run), concurrent.NewTask(job{}.run)
	if pattern := regexp.MustCompile(`^task-\d+$`); !pattern.MatchString(a.Name()) || !pattern.MatchString(b.Name()) || a.Name() == b.Name() {
		t.Errorf("names %q and %q", a.Name(), b.Name())
	}
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
		if want := map[bool]string{true: "indexer", false: " not in the profile"}[labelled]; label != want || err != nil {
			t.Errorf("label %q, %v, want %q", label, err, want)
		}
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
	if n := threads(true); n != 20 {
		t.Errorf("20 tasks had %d threads", n)
	}
	if n := threads(false); n == 20 {
		t.Errorf("20 tasks without threads of their own had %d", n)
	}
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
			if !errors.Is(f.Err, errUnseen) || f.Name != "lonely" {
				t.Errorf("told of %v", f)
			}
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
		want(t, "told of", collected(t, failures).Err, errMarker)
		want(t, "told after that", len(failures), 0)
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
		want(t, "value", v, 1)
		want(t, "error", err, nil)
	})
}

// The behaviours of threading.Thread that carry over.
func TestConformanceTask(t *testing.T) {
	const threads = "test_threading/ThreadTests/"
	t.Run(threads+"test_name", func(t *testing.T) {
		want(t, "name", concurrent.NewTask(job{}.run, concurrent.TaskOptions{Name: "myname1"}).Name(), "myname1")
		if name := concurrent.NewTask(job{}.run).Name(); !strings.HasPrefix(name, "task-") {
			t.Errorf("name %q", name)
		}
	})
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
				if n := running.Add(1); n > 3 {
					t.Errorf("%d at the same time", n)
				}
				time.Sleep(sec)
				running.Add(-1)
				return 0, nil
			})
			want(t, "alive before", task.Alive(), false)
			task.Start(t.Context())
			tasks = append(tasks, task)
		}
		for _, task := range tasks {
			want(t, "Join", task.Join(t.Context()), nil)
			want(t, "alive", task.Alive(), false)
		}
		want(t, "running", running.Load(), 0)
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
				want(t, "Join", j.Join(t.Context()), nil)
			}
		}
	})
	bubble(t, threads+"test_join_with_timeout", func(t *testing.T) {
		task := concurrent.NewTask(job{d: 2 * sec}.run)
		task.Start(t.Context())
		want(t, "Join", task.Join(within(t, sec)), errGaveUp)
		want(t, "alive", task.Alive(), true)
		want(t, "Join", task.Join(t.Context()), nil)
		want(t, "alive", task.Alive(), false)
	})
	bubble(t, threads+"test_leak_without_join", func(t *testing.T) {
		concurrent.NewTask(job{}.run).Start(t.Context()) // the bubble would find what is left
	})
	const joins = "test_threading/ThreadJoinOnShutdown/"
	bubble(t, joins+"test_thread_from_thread", func(t *testing.T) {
		outer := concurrent.NewTask(func(ctx context.Context) (int, error) {
			inner := concurrent.NewTask(job{v: 1}.run)
			inner.Start(ctx)
			return inner.Result(ctx)
		})
		outer.Start(t.Context())
		v, _ := outer.Result(t.Context())
		want(t, "value", v, 1)
	})
	const exceptions = "test_threading/ThreadingExceptionTests/"
	panics := func(f func()) (text string) {
		defer func() { text, _ = recover().(string) }()
		f()
		return ""
	}
	bubble(t, exceptions+"test_start_thread_again", func(t *testing.T) {
		task := concurrent.NewTask(job{}.run)
		task.Start(t.Context())
		if panics(func() { task.Start(t.Context()) }) == "" {
			t.Error("started twice")
		}
		task.Join(t.Context())
	})
	bubble(t, exceptions+"test_joining_current_thread", func(t *testing.T) {
		var task *concurrent.Task[string]
		task = concurrent.NewTask(func(ctx context.Context) (string, error) {
			return panics(func() { task.Join(ctx) }), nil
		})
		task.Start(t.Context())
		if text, _ := task.Result(t.Context()); text == "" {
			t.Error("a task joined itself")
		}
	})
	bubble(t, exceptions+"test_joining_inactive_thread", func(t *testing.T) {
		if panics(func() { concurrent.NewTask(job{}.run).Join(t.Context()) }) == "" {
			t.Error("a task that was not started was joined")
		}
	})
	for _, name := range []string{"ThreadingExceptionTests/test_print_exception", "ExceptHookTests/test_excepthook", "ExceptHookTests/test_custom_excepthook"} {
		t.Run("test_threading/"+name, func(t *testing.T) {
			failures := hooked(t)
			func() {
				task := concurrent.NewTask(failUnseen, concurrent.TaskOptions{Name: "excepthook thread"})
				task.Start(t.Context())
			}()
			f := collected(t, failures)
			want(t, "name", f.Name, "excepthook thread")
			want(t, "error", f.Err, errUnseen)
		})
	}
}
