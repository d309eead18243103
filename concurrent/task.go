package concurrent

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/optional"
)

// A Runner is a value that can run as a task (see [NewRunner]).
type Runner interface {
	// Run does the work, and returns early when ctx ends.
	Run(ctx context.Context) error
}

// TaskOptions are the options of [NewTask] and [NewRunner]. The zero value is the
// default.
type TaskOptions struct {
	// Name is the name that [Task.Name] returns and that the failure hook gets. It
	// is also the label "task" in profiles (runtime/pprof). "" means "task-N",
	// without a label.
	Name string
	// OnOSThread gives the task an operating system thread of its own, which ends
	// with the task (runtime.LockOSThread). It is for libraries that keep state in
	// the thread.
	OnOSThread bool
}

// A Task is a function that is started later, once, in a goroutine of its own, and
// can be joined: Python's threading.Thread. [Go] and [Group] are simpler for work
// that starts at once.
//
// Tasks are made by [NewTask] and [NewRunner]; the zero value is not usable.
// Several goroutines may call the methods of a task. The unobserved failure of a task is reported to the failure
// hook under its name (see [SetFailureHook]).
type Task[T any] struct {
	future  Future[T]
	f       func(context.Context) (T, error)
	name    string
	options TaskOptions
	started atomic.Bool
}

var taskCount atomic.Int64

// NewTask returns a task that calls f. It does not start it. It panics when f is
// nil.
func NewTask[T any](f func(context.Context) (T, error), options ...TaskOptions) *Task[T] {
	if f == nil {
		panic("concurrent: NewTask of a nil function")
	}
	t := &Task[T]{f: f, options: optional.One("concurrent", "NewTask", options)}
	t.name = t.options.Name
	if n := taskCount.Add(1); t.name == "" {
		t.name = fmt.Sprintf("task-%d", n)
	}
	t.future.core.extra().name = t.name
	t.future.core.flags.Store(named)
	return t
}

// NewRunner returns a task that calls r.Run: Python's Thread with a run method of
// its own. It panics when r is nil.
func NewRunner(r Runner, options ...TaskOptions) *Task[struct{}] {
	if r == nil {
		panic("concurrent: NewRunner of nil")
	}
	return NewTask(func(ctx context.Context) (struct{}, error) { return struct{}{}, r.Run(ctx) }, options...)
}

// Start starts the task and returns. The context of its function is derived from
// ctx. It ends with ctx, when the task is canceled, and when the function has
// returned. If ctx is done on entry, or the task was canceled before, the function
// is not called and the task is Canceled. Start panics when the task was started
// before.
func (t *Task[T]) Start(ctx context.Context) {
	t.mustBeMade()
	if !t.started.CompareAndSwap(false, true) {
		panic("concurrent: Task.Start of " + t.name + ", which was started before")
	}
	settled := false
	defer func() {
		if !settled { // a method of ctx has panicked
			t.started.Store(false)
		}
	}()
	t.future.core.parent = context.WithValue(ctx, taskKey{}, t)
	begun := t.future.core.start()
	settled = true
	if !begun {
		t.f = nil
		return
	}
	go t.run()
}

// mustBeMade panics for the zero value.
func (t *Task[T]) mustBeMade() {
	if t.name == "" {
		panic("concurrent: Task not made by NewTask or NewRunner")
	}
}

// taskKey is the key of the task whose context it is.
type taskKey struct{}

func (t *Task[T]) run() {
	if t.options.OnOSThread {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
	}
	f := t.f
	t.f = nil // what it refers to is not kept for as long as the task is
	t.future.carry(true, func(ctx context.Context) (value T, err error) {
		if t.options.Name == "" {
			return f(ctx)
		}
		pprof.Do(ctx, pprof.Labels("task", t.name), func(ctx context.Context) { value, err = f(ctx) })
		return value, err
	}, f)
}

// Join blocks until the task has ended and returns its error: Thread.join. When ctx
// ends first, Join returns the cause of ctx and the task continues; [Task.Alive]
// distinguishes the two cases. A canceled task returns a [*CanceledError].
//
// When the function panicked, Join panics with a *[PanicError] that carries the
// stack of the function. When the function called runtime.Goexit, Join ends the
// caller's goroutine in the same way.
//
// Join panics when the task was neither started nor canceled. It also panics in the
// task itself, if ctx is derived from the context of the task.
func (t *Task[T]) Join(ctx context.Context) error {
	_, err := t.Result(ctx)
	return err
}

// Result blocks and panics as [Task.Join] does, and returns the result of the
// function.
func (t *Task[T]) Result(ctx context.Context) (T, error) {
	t.mustBeMade()
	if !t.started.Load() && !t.future.core.ended() {
		panic("concurrent: Task.Join of " + t.name + ", which was not started")
	}
	if !t.future.core.ended() && ctx.Value(taskKey{}) == any(t) {
		panic("concurrent: Task.Join of " + t.name + " by itself")
	}
	return t.future.Result(ctx)
}

// Cancel asks the task to end and reports whether it had not ended before. The
// context of the task ends with the cause (see [Future.Cancel]). A task that was
// not started ends at once and never runs. Cancel does not block.
func (t *Task[T]) Cancel(cause error) bool { return t.future.Cancel(cause) }

// Alive reports whether the task was started and has not ended: Thread.is_alive.
func (t *Task[T]) Alive() bool { return t.started.Load() && !t.future.core.ended() }

// Done returns a channel that is closed when the task has ended, for use in a
// select. Calling it counts as observing how the task ended.
func (t *Task[T]) Done() <-chan struct{} { return t.future.Done() }

// Name returns the task's name.
func (t *Task[T]) Name() string { return t.name }

// Future returns the future of the task, for [Gather], [Wait] and similar
// functions. It is Pending until the task is started.
func (t *Task[T]) Future() *Future[T] { return &t.future }
