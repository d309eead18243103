package concurrent

import (
	"context"

	"github.com/fanfold/fanfold/internal/optional"
)

// SubmitOptions are the choices of one task. The zero value of each is its
// default.
type SubmitOptions struct {
	// Name is the task's label "task" in CPU profiles, its region in execution
	// traces and its name in a Failure. Naming a task costs about a microsecond.
	Name string

	// Priority puts the task before all queued ones whose priority is lower;
	// the default is 0, and it may be negative.
	Priority int
}

// Submit hands p a task, to call f with in on one of its workers, and returns
// the task's [Future]. f's context is derived from ctx and ends as well when the
// future is canceled. Python: Executor.submit.
//
// Submit blocks only when the queue is full and the pool's Policy is [Block],
// no longer than ctx; with [CallerRuns] it then calls f itself. What becomes of
// the task is all in the future:
//
//   - ctx ended before f was called: Canceled, f is not called. A task whose
//     ctx ends in the queue ends when a worker comes to it; its Cancel takes it
//     out at once.
//   - the queue is full and the policy is [Reject]: it failed with [ErrFull].
//   - the pool was shut down: it failed with [ErrClosed].
//
// A future that nobody looks at reports such failures to the failure hook. It
// costs one allocation.
func Submit[In, Out any](ctx context.Context, p *Pool, in In, f func(context.Context, In) (Out, error), options ...SubmitOptions) *Future[Out] {
	if f == nil {
		panic("concurrent: Submit of a nil function")
	}
	t := &submitted[In, Out]{in: in, f: f}
	c := &t.future.core
	c.parent = ctx
	priority := 0
	if len(options) > 0 {
		o := optional.One("concurrent", "Submit", options)
		priority = o.Priority
		if o.Name != "" {
			c.extra().name = o.Name
			c.flags.Store(named)
		}
	}
	p.submit(ctx, job{t, c}, priority)
	return &t.future
}

// submit queues j, or ends it.
func (p *Pool) submit(ctx context.Context, j job, priority int) {
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
