package concurrent

import (
	"context"
	"fmt"
	"sync"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/panics"
)

// GroupOptions are the options of [Group]. The zero value is the default.
type GroupOptions struct {
	// Limit is the largest number of tasks that run at the same time, without the
	// body. Zero means no limit. With a limit, TaskGroup.Go blocks while the group
	// is full. So tasks that start tasks and wait for them can block forever.
	Limit int

	// OnPanic is called at once with a panic of a task or of the body, in the
	// goroutine that panicked. The group itself raises the first panic in its
	// caller, but only after all others have ended. nil means no call. Several
	// goroutines may call OnPanic at the same time. It must not panic.
	OnPanic func(*PanicError)
}

// A TaskGroup starts the tasks of a running [Group], which makes it. The zero value
// is not usable. Several goroutines may use it, also its own tasks.
type TaskGroup struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	slots   chan struct{} // a token for every running task; nil without a limit
	onPanic func(*PanicError)
	done    chan struct{} // closed when nothing runs any more

	mu      sync.Mutex
	running int   // tasks, and the body
	cause   error // what ctx was canceled with by the first failure
	errs    []error
	caught  *panics.Caught // the first panic, or else the first Goexit
	cut     bool           // the end of the caller's context has cut something short
}

// Group calls body and returns when body and all tasks have ended. body starts
// tasks with [TaskGroup.Go] and [Spawn]. Nothing that the group started outlives
// it. It is Trio's nursery and asyncio's TaskGroup.
//
// body runs in the calling goroutine, and each task in a goroutine of its own. All
// get a context derived from ctx. The first failure, of a task or of body, cancels
// that context. The cause is a *[CanceledError] around the failure. From then on no
// task is started, and the group waits for the running ones. A task that ignores
// its context delays the group.
//
// Group returns the failures of body and tasks in the order in which they happened,
// joined by errors.Join. A single failure is returned as it is. So the first
// failure is the one that canceled the others. Errors that only report the end of
// the context are left out. When the end of ctx itself has stopped a task, or has
// kept one from starting, the last error is the cause of ctx. When all tasks
// succeeded, Group returns nil although ctx has ended.
//
// A panic is a failure, too. Group raises it in the caller after the others have
// ended, as a *[PanicError] with the stack of the goroutine that panicked. Errors
// are lost then. GroupOptions.OnPanic reports it earlier. runtime.Goexit ends the
// caller's goroutine in the same way, unless there is a panic.
//
// When ctx is done on entry, Group runs nothing and returns its cause. Group panics
// when body is nil or Limit is negative. A task costs a goroutine and one
// allocation.
func Group(ctx context.Context, body func(context.Context, *TaskGroup) error, options ...GroupOptions) error {
	if body == nil {
		panic("concurrent: Group of a nil function")
	}
	o := optional.One("concurrent", "Group", options)
	if o.Limit < 0 {
		panic(fmt.Sprintf("concurrent: Group: Limit is %d, want 0 (no limit) or more", o.Limit))
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	g := &TaskGroup{running: 1, onPanic: o.OnPanic, done: make(chan struct{})}
	if o.Limit > 0 {
		g.slots = make(chan struct{}, o.Limit)
	}
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	noise := false
	finish(func() error {
		err := body(g.ctx, g)
		noise = g.noise(err)
		return err
	}, func(r result) {
		g.leave(r, noise)
		<-g.done
		g.cancel(nil)
		g.caught.RaisePanic() // it comes first, also where the goroutine is ending
	})
	g.caught.Raise()
	if g.cut {
		g.errs = append(g.errs, context.Cause(ctx))
	}
	return joined(g.errs)
}

// Go starts f as a task of the group, with the group's context, and reports whether
// it did. It does not start f after the context has ended. The caller may ignore
// the result, because the group returns an error then. Go blocks only in a group
// with a limit, until there is room or the context ends.
//
// Go panics when f is nil, and when the group has ended.
func (g *TaskGroup) Go(f func(context.Context) error) bool {
	if f == nil {
		panic("concurrent: TaskGroup.Go of a nil function")
	}
	if !g.enter() {
		return false
	}
	go g.run(f)
	return true
}

func (g *TaskGroup) run(f func(context.Context) error) {
	noise := false
	finish(func() error {
		err := f(g.ctx)
		noise = g.noise(err)
		return err
	}, func(r result) { g.leaveTask(r, noise) })
}

// noise reports whether err only reports the end of the group's context. That asks err,
// which may be of the user's making: no lock is held, and a panic counts as one of the
// function that returned err.
func (g *TaskGroup) noise(err error) bool { return g.ctx.Err() != nil && onlyEnd(g.ctx, err) }

// Spawn starts f as a task of the group, as [TaskGroup.Go] does, and returns the
// future of its result: asyncio's TaskGroup.create_task. A failure of f is a
// failure of the group and counts as observed. Canceling the future is not a
// failure: the other tasks continue. After the group's context has ended, f is not
// started and the future is canceled.
//
// Spawn panics when f is nil, and when the group has ended.
func Spawn[T any](g *TaskGroup, f func(context.Context) (T, error)) *Future[T] {
	if f == nil {
		panic("concurrent: Spawn of a nil function")
	}
	s := &spawned[T]{f: f}
	s.future.core.flags.Store(observed)
	started := g.enter()
	s.future.core.parent = g.ctx
	if !started {
		s.future.core.cancel(context.Cause(g.ctx))
		return &s.future
	}
	go func() {
		defer func() { // also after a Goexit
			var r result
			noise := false
			if caught := panics.Try(func() {
				r = g.outcome(&s.future.core)
				noise = g.noise(r.err)
			}, nil); caught != nil {
				r = resultOf(nil, caught)
			}
			g.leaveTask(r, noise)
		}()
		s.run()
	}()
	return &s.future
}

// enter counts a task that is about to start, and returns false if it must not.
func (g *TaskGroup) enter() bool {
	if g.slots != nil {
		select {
		case g.slots <- struct{}{}:
		case <-g.ctx.Done(): // nothing starts any more: slots do not matter
		}
	}
	g.mu.Lock()
	ended := g.running == 0
	over := !ended && (g.cause != nil || g.ctx.Err() != nil)
	switch {
	case ended:
	case over:
		g.cutShort()
	default:
		g.running++
	}
	g.mu.Unlock()
	if ended {
		panic("concurrent: task for a TaskGroup that is not running")
	}
	return !over
}

// leaveTask notes how a task has ended.
func (g *TaskGroup) leaveTask(r result, noise bool) {
	g.leave(r, noise)
	if g.slots != nil {
		<-g.slots
	}
}

// leave notes how a task or the body has ended.
func (g *TaskGroup) leave(r result, noise bool) {
	if r.err != nil {
		g.fail(r, noise && r.caught == nil)
	}
	g.mu.Lock()
	g.running--
	last := g.running == 0
	g.mu.Unlock()
	if last {
		close(g.done)
	}
}

// fail records a failure, which may be noise, and cancels the others when it is the
// first.
func (g *TaskGroup) fail(r result, noise bool) {
	if pe := r.caught.Panic(); pe != nil && g.onPanic != nil {
		g.onPanic(pe)
	}
	var cause error
	g.mu.Lock()
	switch {
	case noise:
		g.cutShort()
	case r.caught == nil:
		g.errs = append(g.errs, r.err)
	default:
		g.caught = g.caught.Or(r.caught)
	}
	if !noise && g.cause == nil {
		cause = &CanceledError{Cause: r.err}
		g.cause = cause
	}
	g.mu.Unlock()
	if cause != nil {
		g.cancel(cause)
	}
}

// cutShort notes that the end of the group's context has stopped a task, if that was
// the end of the caller's. g.mu must be held.
func (g *TaskGroup) cutShort() {
	if g.ctx.Err() != nil && context.Cause(g.ctx) != g.cause {
		g.cut = true
	}
}

// outcome returns what the end of a spawned future means for the group.
func (g *TaskGroup) outcome(c *core) result {
	if c.failed == nil {
		return result{}
	}
	if c.state() != Canceled {
		return result{c.failed.err, c.failed.caught}
	}
	// Only what the function returned counts: that its own future was canceled is
	// no failure.
	if canceled, ok := c.failed.err.(*CanceledError); ok && canceled.Err != nil && !onlyEnd(c.context(), canceled.Err) {
		return result{err: canceled.Err}
	}
	if g.ctx.Err() != nil {
		return result{err: context.Cause(g.ctx)}
	}
	return result{}
}
