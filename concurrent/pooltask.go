package concurrent

import (
	"context"
	"runtime/pprof"
	"runtime/trace"

	"github.com/fanfold/fanfold/internal/panics"
)

// A job is what a pool runs, and the core of its future, nil if it has none.
type job struct {
	task task
	core *core
}

type task interface {
	perform() outcome // may end the goroutine instead
}

// An outcome is what became of a job, for the statistics.
type outcome int

const (
	succeeded outcome = iota
	hasFailed
	wasCanceled
)

// bare is a task without a future. Workers call it as it is.
type bare func()

func (f bare) perform() outcome {
	if caught := panics.Try(f, f.failed); caught != nil {
		f.failed(caught)
		return hasFailed
	}
	return succeeded
}

// failed reports that f panicked or called Goexit.
func (f bare) failed(caught *panics.Caught) {
	report(Failure{Err: caught.Err(), Name: nameOf(pcOf((func())(f)))})
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
	return t.future.run(func(ctx context.Context) (Out, error) { return f(ctx, in) }, f)
}

// submittedFunc is a future and its function without an argument.
type submittedFunc[Out any] struct {
	future Future[Out]
	f      func(context.Context) (Out, error)
}

func (t *submittedFunc[Out]) perform() outcome {
	f := t.f
	t.f = nil
	return t.future.run(f, f)
}

// run performs f as the task of a pool: call calls fn.
func (f *Future[T]) run(call func(context.Context) (T, error), fn any) outcome {
	name := f.core.name()
	if name == "" && !trace.IsEnabled() {
		f.perform(call, fn)
		return f.core.outcome()
	}
	f.perform(func(ctx context.Context) (out T, err error) {
		if name == "" {
			defer trace.StartRegion(ctx, nameOf(pcOf(fn))).End()
			return call(ctx)
		}
		defer trace.StartRegion(ctx, name).End()
		labels := f.core.lane.labels(name)
		pprof.Do(ctx, labels, func(ctx context.Context) { out, err = call(ctx) })
		return out, err
	}, fn)
	return f.core.outcome()
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
