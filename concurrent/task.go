package concurrent

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/optional"
)

// A Runner is a value that can be run as a task, see [NewRunner].
type Runner interface {
	// Run does the work, and returns early when ctx ends.
	Run(ctx context.Context) error
}

// TaskOptions change how a [Task] runs. The zero value is the default.
type TaskOptions struct {
	// Name is what the task is called by [Task.Name], in profiles, as the label
	// "task" of runtime/pprof, and by the failure hook. "" means "task-N", without
	// a label.
	Name string
	// OnOSThread gives the task an operating system thread of its own, which ends
	// with it (runtime.LockOSThread): for libraries that keep state in the thread.
	OnOSThread bool
}

// A Task is a function that is made first and started later, once, in a goroutine of
// its own, and can be joined: Python's threading.Thread. Where work is started as
// soon as it is there, [Go] and [Group] are simpler.
//
// It comes from [NewTask] or [NewRunner]. Its methods may be called by several
// goroutines. A task that fails and that nobody joins, or asks for its result, is
// reported to the failure hook ([SetFailureHook]) under its name.
type Task[T any] struct {
	future  Future[T]
	f       func(context.Context) (T, error)
	name    string
	options TaskOptions
	started atomic.Bool
}

var taskCount atomic.Int64

// NewTask returns a task that will call f. It panics when f is nil.
func NewTask[T any](f func(context.Context) (T, error), options ...TaskOptions) *Task[T] {
	if f == nil {
		panic("concurrent: NewTask of a nil function")
	}
	t := &Task[T]{f: f, options: optional.One("concurrent", "NewTask", options)}
	t.name = t.options.Name
	if n := taskCount.Add(1); t.name == "" {
		t.name = fmt.Sprintf("task-%d", n)
	}
	return t
}

// NewRunner returns a task that will call r.Run: Python's Thread with a run method of
// its own. It panics when r is nil.
func NewRunner(r Runner, options ...TaskOptions) *Task[struct{}] {
	if r == nil {
		panic("concurrent: NewRunner of nil")
	}
	return NewTask(func(ctx context.Context) (struct{}, error) { return struct{}{}, r.Run(ctx) }, options...)
}

// Start starts the task and returns. Its function gets a context that is derived from
// ctx and ends with it, when the task is canceled and when the function has
// returned. If ctx is done, or the task was canceled before, the function is not
// called and the task has ended, canceled. A second Start panics.
func (t *Task[T]) Start(ctx context.Context) {
	if !t.started.CompareAndSwap(false, true) {
		panic("concurrent: Task.Start of " + t.name + ", which was started before")
	}
	t.future.core.parent = context.WithValue(ctx, taskKey{}, t)
	if !t.future.core.start() {
		t.f = nil
		return
	}
	go t.run()
}

// taskKey is the key of the task whose context it is.
type taskKey struct{}

func (t *Task[T]) run() {
	if t.options.OnOSThread {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
	}
	f := t.f
	t.f = nil // what it refers to is not kept for as long as the task is
	var value T
	finish(func() (err error) {
		ctx := t.future.core.context()
		if t.options.Name == "" {
			value, err = f(ctx)
			return err
		}
		pprof.Do(ctx, pprof.Labels("task", t.name), func(ctx context.Context) { value, err = f(ctx) })
		return err
	}, func(err error) { t.end(value, err, f) })
}

// end ends the future with what its function returned.
func (t *Task[T]) end(value T, err error, f any) {
	c := &t.future.core
	state, failed := c.verdict(err, f)
	if failed != nil {
		failed.name = t.name
	}
	c.mu.Lock()
	t.future.value = value
	c.seal(state, failed)
}

// Join waits until the task has ended and returns its error: Thread.join. When ctx
// ends first it returns the cause of ctx, and the task goes on; [Task.Alive] tells
// the two apart. A task that was canceled returns a [*CanceledError]. Where the
// function panicked, Join panics with a *[PanicError] that carries its stack; where
// it called runtime.Goexit, Join ends its caller's goroutine likewise.
//
// Join panics when the task was not started, unless it was canceled before, and in
// the task itself, when ctx is derived from the one it was given.
func (t *Task[T]) Join(ctx context.Context) error {
	_, err := t.Result(ctx)
	return err
}

// Result waits as [Task.Join] does, panics where it does, and returns the result of
// the function.
func (t *Task[T]) Result(ctx context.Context) (T, error) {
	if !t.started.Load() && !t.future.core.ended() {
		panic("concurrent: Task.Join of " + t.name + ", which was not started")
	}
	if !t.future.core.ended() && ctx.Value(taskKey{}) == any(t) {
		panic("concurrent: Task.Join of " + t.name + " by itself")
	}
	return t.future.Result(ctx)
}

// Cancel asks the task to end, and reports whether it had not ended before: its
// context ends with the cause, see [Future.Cancel]. A task that was not started ends
// at once and will not run.
func (t *Task[T]) Cancel(cause error) bool { return t.future.Cancel(cause) }

// Alive reports whether the task was started and has not ended: Thread.is_alive.
func (t *Task[T]) Alive() bool { return t.started.Load() && !t.future.core.ended() }

// Done returns a channel that is closed when the task has ended, for use in a select.
// Calling it counts as looking at how the task ended.
func (t *Task[T]) Done() <-chan struct{} { return t.future.Done() }

// Name returns the task's name.
func (t *Task[T]) Name() string { return t.name }

// Future returns the task as a future, for [Gather], [Wait] and the like. It is
// Pending until the task is started.
func (t *Task[T]) Future() *Future[T] { return &t.future }
