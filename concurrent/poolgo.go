package concurrent

import (
	"context"
)

// Go hands p a task without a future, for work that reports what it does in
// another way. It blocks like [Submit], and returns nil when p has taken f, or
// else why not: context.Cause(ctx), [ErrFull] or [ErrClosed]; then f is not
// called. With [CallerRuns] and a full queue it calls f itself. A panic or Goexit
// of f goes to the failure hook at once.
//
// A task without a future cannot be canceled; it is dropped where tasks with one
// would be canceled in the queue, by [Pool.Close] for one. Go does not allocate.
func (p *Pool) Go(ctx context.Context, f func()) error {
	if f == nil {
		panic("concurrent: Pool.Go of a nil function")
	}
	if ctx.Err() != nil {
		p.mu.Lock()
		p.stats.Submitted++
		p.stats.Canceled++
		p.mu.Unlock()
		return context.Cause(ctx)
	}
	fate, err := p.accept(ctx, job{task: bare(f)}, 0)
	if fate == inCaller {
		p.runInCaller(f)
	}
	return err
}

// runInCaller runs f and counts it, also if it calls Goexit.
func (p *Pool) runInCaller(f bare) {
	o := hasFailed
	defer func() {
		p.mu.Lock()
		p.stats.count(o)
		p.mu.Unlock()
	}()
	o = f.perform()
}
