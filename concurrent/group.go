package concurrent

import (
	"context"
	"fmt"
	"sync"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/panics"
)

// GroupOptions change how a [Group] works. The zero value is the default.
type GroupOptions struct {
	// Limit is how many tasks run at the same time, the body not counted. 0 means
	// no limit: a task is started by a call that somebody wrote, and with a limit
	// that call has to wait for room, for ever where tasks start tasks and wait
	// for them.
	Limit int

	// OnPanic is told of a panic of a task or of the body when it happens, in its
	// goroutine. The group raises the first panic in its caller when the others
	// have stopped, which those that do not heed their context put off. nil tells
	// nobody. It may be called by several goroutines at the same time, and must
	// not panic.
	OnPanic func(*PanicError)
}

// A TaskGroup is the group of tasks of a running [Group], which makes it; the zero
// value is of no use. It may be used by several goroutines, by its own tasks too.
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
	fatal   error // the first panic, or else the first Goexit
	cut     bool  // the end of the caller's context has cut something short
}

// Group calls body, which starts tasks with [TaskGroup.Go] and [Spawn], and returns
// when body and all tasks have ended: nothing it started outlives it. It is Trio's
// nursery and asyncio's TaskGroup.
//
// Body runs in the calling goroutine, each task in one of its own, all with a
// context derived from ctx. At the first failure, of a task or of body, that context
// is canceled: its cause is a *[CanceledError] around the failure. From then on no
// task is started, and those that run are waited for: a task that does not heed its
// context holds up the group.
//
// Group returns the failures of body and tasks together, by errors.Join in the order
// in which they happened, one alone as it is; so the first is what the others were
// canceled for. A failure that says no more than that the context had ended is not
// among them. Where the end of ctx has cut something short, be it that somebody
// returned such a failure or that a task was not started, the cause of ctx is the
// last of the errors. If nobody was cut short everybody succeeded, and Group returns
// nil although ctx has ended.
//
// A panic is a failure too. It is raised in the caller, as a *[PanicError] with the
// stack of the goroutine it happened in, when the others have stopped, and errors
// are lost; see [GroupOptions] for how to learn of it at once. The same goes for
// runtime.Goexit, which ends the caller's goroutine, unless there is a panic.
//
// A ctx that is done on entry runs nothing and returns its cause. Group panics when
// body is nil or an option is negative. A task costs a goroutine and one
// allocation.
func Group(ctx context.Context, body func(context.Context, *TaskGroup) error, options ...GroupOptions) error {
	if body == nil {
		panic("concurrent: Group of a nil function")
	}
	o := optional.One("concurrent", "Group", options)
	if o.Limit < 0 {
		panic(fmt.Sprintf("concurrent: Group with Limit %d", o.Limit))
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	g := &TaskGroup{running: 1, onPanic: o.OnPanic, done: make(chan struct{})}
	if o.Limit > 0 {
		g.slots = make(chan struct{}, o.Limit)
	}
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	finish(func() error { return body(g.ctx, g) }, func(err error) {
		g.leave(err)
		<-g.done
		g.cancel(nil)
		if g.fatal != ErrGoexit { // a panic comes first, also where the goroutine is ending
			panics.Raise(g.fatal)
		}
	})
	panics.Raise(g.fatal)
	if g.cut {
		g.errs = append(g.errs, context.Cause(ctx))
	}
	return joined(g.errs)
}

// Go starts f as a task of the group, with the group's context, and reports whether
// it did: not so once the context has ended. That may be ignored, since the group
// then returns an error. Go does not block, but for a group with a limit, where it
// waits for room.
//
// It panics when f is nil and when the group has ended, which only a goroutine that
// is none of the group's can see.
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
	finish(func() error { return f(g.ctx) }, g.leaveTask)
}

// Spawn starts f as a task of the group, as [TaskGroup.Go] does, and returns the
// future of its result: asyncio's TaskGroup.create_task. A failure of f is the
// group's, and does not need to be looked at. A task that is canceled through its
// future is no failure: the others go on. Once the group's context has ended f is not
// started and the future is canceled.
func Spawn[T any](g *TaskGroup, f func(context.Context) (T, error)) *Future[T] {
	if f == nil {
		panic("concurrent: Spawn of a nil function")
	}
	s := &spawned[T]{f: f}
	s.future.core.flags.Store(looked)
	started := g.enter()
	s.future.core.parent = g.ctx
	if !started {
		s.future.core.cancel(context.Cause(g.ctx))
		return &s.future
	}
	go func() {
		defer func() { g.leaveTask(g.outcome(&s.future.core)) }() // also after a Goexit
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
		panic("concurrent: a task for a TaskGroup that is not running")
	}
	return !over
}

// leaveTask notes that a task has ended with err.
func (g *TaskGroup) leaveTask(err error) {
	g.leave(err)
	if g.slots != nil {
		<-g.slots
	}
}

// leave notes that a task or the body has ended with err.
func (g *TaskGroup) leave(err error) {
	if err != nil {
		g.fail(err)
	}
	g.mu.Lock()
	g.running--
	last := g.running == 0
	g.mu.Unlock()
	if last {
		close(g.done)
	}
}

// fail records err, and cancels the others when it is the first failure.
func (g *TaskGroup) fail(err error) {
	if pe, ok := err.(*PanicError); ok && g.onPanic != nil {
		g.onPanic(pe)
	}
	noise := g.ctx.Err() != nil && onlyEnd(g.ctx, err) // may be the user's code: not under the lock
	var cause error
	g.mu.Lock()
	switch {
	case noise:
		g.cutShort()
	case !fatal(err):
		g.errs = append(g.errs, err)
	case g.fatal == nil || g.fatal == ErrGoexit:
		g.fatal = err
	}
	if !noise && g.cause == nil {
		cause = &CanceledError{Cause: err}
		g.cause = cause
	}
	g.mu.Unlock()
	if cause != nil {
		g.cancel(cause)
	}
}

// cutShort notes that somebody felt the end of the group's context, if that was the
// end of the caller's. g.mu must be held.
func (g *TaskGroup) cutShort() {
	if g.ctx.Err() != nil && context.Cause(g.ctx) != g.cause {
		g.cut = true
	}
}

// outcome returns what the end of a spawned future means for the group.
func (g *TaskGroup) outcome(c *core) error {
	if c.failed == nil {
		return nil
	}
	if c.state() != Canceled {
		return c.failed.err
	}
	// Only what the function returned counts: that its own future was canceled is
	// no failure.
	if canceled, ok := c.failed.err.(*CanceledError); ok && canceled.Err != nil && !onlyEnd(c.context(), canceled.Err) {
		return canceled.Err
	}
	if g.ctx.Err() != nil {
		return context.Cause(g.ctx)
	}
	return nil
}
