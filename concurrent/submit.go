package concurrent

import (
	"context"

	"github.com/fanfold/fanfold/internal/optional"
)

// SubmitOptions are the options of [Submit]. Zero values are the defaults.
type SubmitOptions struct {
	// Name is the label "task" of the task in CPU profiles, its region in execution
	// traces, and its name in a Failure. Naming a task costs about a microsecond.
	Name string

	// Priority lets the task start before all queued tasks with a lower priority.
	// The default is 0, and it may be negative.
	Priority int
}

// Submit gives p a task, which calls f with in on a worker, and returns the
// [Future] of its result. The context of f is derived from ctx and also ends when
// the future is canceled. Python: Executor.submit.
//
// Submit blocks only when the queue is full and the policy of the pool is [Block],
// and not longer than ctx. With [CallerRuns] and a full queue, Submit calls f
// itself. The future says what became of the task:
//
//   - When ctx ends before f is called, the future is Canceled and f is not
//     called. A queued task whose ctx ends stays in the queue until a worker comes
//     to it. Cancel removes it at once.
//   - When the queue is full and the policy is [Reject], the future fails with
//     [ErrFull].
//   - When the pool was shut down, the future fails with [ErrClosed].
//
// Such failures, too, go to the failure hook if they are not observed. Submit costs
// one allocation. It panics when f is nil. [SubmitFunc] takes a function without in.
func Submit[In, Out any](ctx context.Context, p *Pool, in In, f func(context.Context, In) (Out, error), options ...SubmitOptions) *Future[Out] {
	if f == nil {
		panic("concurrent: Submit of a nil function")
	}
	t := &submitted[In, Out]{in: in, f: f}
	p.submit(ctx, job{t, &t.future.core}, priorityOf("Submit", &t.future.core, options))
	return &t.future
}

// SubmitFunc is [Submit] for a function that needs no argument. Where the argument is
// data, Submit is the better choice: it needs no closure, and the same function can run
// in a process.
func SubmitFunc[Out any](ctx context.Context, p *Pool, f func(context.Context) (Out, error), options ...SubmitOptions) *Future[Out] {
	if f == nil {
		panic("concurrent: SubmitFunc of a nil function")
	}
	t := &submittedFunc[Out]{f: f}
	p.submit(ctx, job{t, &t.future.core}, priorityOf("SubmitFunc", &t.future.core, options))
	return &t.future
}

// priorityOf returns the priority in the options of the function op, and gives c the
// name in them.
func priorityOf(op string, c *core, options []SubmitOptions) int {
	if len(options) == 0 {
		return 0
	}
	o := optional.One("concurrent", op, options)
	if o.Name != "" {
		c.extra().name = o.Name
		c.flags.Store(named)
	}
	return o.Priority
}

// submit queues j, or ends it.
func (p *Pool) submit(ctx context.Context, j job, priority int) {
	j.core.parent = ctx
	if ctx.Err() != nil {
		p.mu.Lock()
		p.stats.Submitted++
		p.stats.Canceled++
		p.mu.Unlock()
		j.core.cancel(context.Cause(ctx))
		return
	}
	fate, err := p.accept(ctx, j, priority)
	switch fate {
	case inCaller:
		defer p.ranInCaller(j.core) // f may call Goexit
		j.task.perform()
	case canceled:
		j.core.cancel(err)
	case refused:
		j.core.fail(err)
	}
}

// ranInCaller counts a task of which c is the future.
func (p *Pool) ranInCaller(c *core) {
	p.mu.Lock()
	p.stats.count(c.outcome())
	p.mu.Unlock()
}
