package concurrent

import (
	"context"
)

// Go gives the pool a task without a future, for work that reports its result in
// another way. It blocks as [Submit] does. It returns nil when the pool has taken
// f. Otherwise it does not call f and returns context.Cause(ctx), [ErrFull] or
// [ErrClosed]. With [CallerRuns] and a full queue, Go calls f itself.
//
// A task without a future cannot be canceled while it runs. [Pool.Close] and
// [Pool.CancelQueued] drop it from the queue. A panic or Goexit of f goes to the
// failure hook at once. Go does not allocate. It panics when f is nil.
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
