package concurrent

import (
	"context"

	"github.com/fanfold/fanfold/internal/closed"
)

// errPoolClosed is the error of a pool that was shut down or closed.
var errPoolClosed = closed.Error("concurrent: the pool is closed")

// Shutdown stops the pool from taking tasks and completes those that it has taken.
// It blocks until the last worker has ended. From now on Submit fails with an error
// matching [ErrClosed], also for callers that wait for room. [Pool.CancelQueued] shortens
// the wait.
//
// When ctx ends before the pool has ended, or is done on entry, Shutdown returns
// context.Cause(ctx). The pool still comes to its end, and a second call can wait
// for that. For a pool that has ended it returns nil, even if ctx is done. A task
// that waits for the end of its own pool waits forever. Python: Executor.shutdown.
func (p *Pool) Shutdown(ctx context.Context) error {
	p.close(errPoolClosed)
	select {
	case <-p.over:
		return nil
	default:
	}
	select {
	case <-p.over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close stops the pool from taking tasks and cancels all queued and running tasks,
// with a cause that matches [ErrClosed]. It blocks until the running functions have
// returned and the last worker has ended. Tasks that run in their callers
// ([CallerRuns]) are not canceled, and Close does not wait for them.
//
// Close may be called several times, and during a [Pool.Shutdown]. The error is
// always nil. A task that closes its own pool waits forever.
func (p *Pool) Close() error {
	p.close(errPoolClosed)
	p.CancelQueued()
	p.mu.Lock()
	running := make([]*core, 0, len(p.workers))
	for w := range p.workers {
		if w.core != nil {
			running = append(running, w.core)
		}
	}
	p.mu.Unlock()
	for _, c := range running {
		c.cancel(errPoolClosed)
	}
	<-p.over
	return nil
}

// CancelQueued cancels the tasks that have not started, and returns their number.
// The cause matches [ErrClosed] when the pool was shut down or closed before, and is
// context.Canceled otherwise. Tasks without a future ([Pool.Go]) are dropped. It
// does not block.
func (p *Pool) CancelQueued() int {
	p.mu.Lock()
	cause := context.Canceled
	if p.closed {
		cause = errPoolClosed
	}
	canceled := p.clear(&p.stats.Canceled)
	p.callNext()
	p.mu.Unlock()
	for _, j := range canceled {
		if j.core != nil {
			j.core.cancel(cause)
		}
	}
	return len(canceled)
}

// close lets no more tasks in: they fail with refusal.
func (p *Pool) close(refusal error) {
	p.mustBeMade()
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed, p.refusal = true, refusal
	p.rooms.GrantAll()
	p.news.Store(true)
	if p.reaper != nil {
		p.reaper.Stop()
	}
	idle := p.dismiss(len(p.idle))
	if len(p.workers) == 0 { // then nothing is queued either
		close(p.over)
	}
	p.mu.Unlock()
	for _, w := range idle {
		w.wake <- false
	}
}

// clear takes all tasks out of the queue, and counts them in n. p.mu must be held.
func (p *Pool) clear(n *int64) []job {
	all := make([]job, 0, p.lanes.queued)
	for j := p.lanes.pop(); j.task != nil; j = p.lanes.pop() {
		all = append(all, j)
	}
	*n += int64(len(all))
	return all
}
