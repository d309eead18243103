package concurrent

import (
	"context"
	"runtime/pprof"
	"runtime/trace"

	"github.com/fanfold/fanfold/internal/panics"
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
		o := option("Submit", options)
		priority = o.Priority
		if o.Name != "" {
			c.extra().name = o.Name
			c.flags.Store(named)
		}
	}
	p.submit(ctx, job{t, c}, priority)
	return &t.future
}

// On returns f as a function whose calls run on the workers of p: for
// par.Map and wherever a function is wanted. The caller waits. A call
// whose ctx ends while the task is queued takes it out and returns
// context.Cause(ctx); when it ends later, the call returns when f has. Panics
// and Goexit of f are raised in the caller. When the queue is full or the pool
// was shut down the call does what [Submit] does, and returns the error. It
// costs two allocations.
func On[In, Out any](p *Pool, f func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	if f == nil {
		panic("concurrent: On of a nil function")
	}
	return func(ctx context.Context, in In) (out Out, err error) {
		t := &submitted[In, Out]{in: in, f: f}
		c := &t.future.core
		c.parent = ctx
		c.done = make(chan struct{})
		c.flags.Store(looked)
		p.submit(ctx, job{t, c}, 0)
		select {
		case <-c.done:
		case <-ctx.Done():
			c.cancel(context.Cause(ctx))
			<-c.done
		}
		if c.failed == nil {
			return t.future.value, nil
		}
		err = c.failed.err
		panics.Raise(err)
		if canceled, ok := err.(*CanceledError); ok && c.state() == Canceled { // not one that f has returned
			if canceled.Err == nil {
				return out, canceled.Cause
			}
			err = canceled.Err
		}
		return t.future.value, err
	}
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

// submitted is a future, its function and what to call it with in one
// allocation.
type submitted[In, Out any] struct {
	future Future[Out]
	in     In
	f      func(context.Context, In) (Out, error)
}

func (t *submitted[In, Out]) perform() outcome {
	in, f := t.in, t.f
	var none In
	t.in, t.f = none, nil // not kept for as long as the future is
	if !t.future.core.start() {
		return wasCanceled
	}
	name := t.future.core.name()
	if name == "" && !trace.IsEnabled() {
		t.future.perform(func(ctx context.Context) (Out, error) { return f(ctx, in) }, f)
		return t.future.core.outcome()
	}
	t.future.perform(func(ctx context.Context) (out Out, err error) {
		if name == "" {
			defer trace.StartRegion(ctx, nameOf(pcOf(f))).End()
			return f(ctx, in)
		}
		defer trace.StartRegion(ctx, name).End()
		labels := t.future.core.lane.labels(name)
		pprof.Do(ctx, labels, func(ctx context.Context) { out, err = f(ctx, in) })
		return out, err
	}, f)
	if l := t.future.core.lane; l != nil {
		pprof.SetGoroutineLabels(l.pool.labels)
	}
	return t.future.core.outcome()
}

// outcome returns what became of the task whose future, c, has ended.
func (c *core) outcome() outcome {
	switch {
	case c.state() == Canceled:
		return wasCanceled
	case c.failed != nil:
		return hasFailed
	}
	return succeeded
}

// labels returns the labels of a task with this name.
func (l *lane) labels(name string) pprof.LabelSet {
	if l != nil && l.pool.stats.Name != "" {
		return pprof.Labels("pool", l.pool.stats.Name, "task", name)
	}
	return pprof.Labels("task", name)
}
