package concurrent

import "context"

// Shutdown lets no more tasks in and waits for the end of the pool: until the
// queued tasks and the running ones have ended and the last worker has left.
// With cancelQueued tasks that have not begun are cancelled, with ErrShutdown
// for a cause. Submit fails with ErrShutdown from then on, and so do its callers
// that wait for room.
//
// When ctx ends, or is done on entry, Shutdown returns context.Cause(ctx), while
// the pool goes on coming to its end; a second call can wait for that. A task
// that waits for the end of its own pool waits for ever. Python: Executor.shutdown.
func (p *Pool) Shutdown(ctx context.Context, cancelQueued bool) error {
	p.close(ErrShutdown)
	if cancelQueued {
		p.cancelQueued()
	}
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

// Close is Shutdown that completes what is queued and waits without a limit.
// The error is always nil; closing again waits for the same end.
func (p *Pool) Close() error { return p.Shutdown(context.Background(), false) }

// Terminate is Shutdown that cancels queued and running tasks, with ErrShutdown
// for a cause, and waits until the functions that run have returned. Those that
// run in their callers ([CallerRuns]) it neither cancels nor waits for.
func (p *Pool) Terminate() {
	p.close(ErrShutdown)
	p.cancelQueued()
	p.mu.Lock()
	running := make([]*core, 0, len(p.workers))
	for w := range p.workers {
		if w.core != nil {
			running = append(running, w.core)
		}
	}
	p.mu.Unlock()
	for _, c := range running {
		c.cancel(ErrShutdown)
	}
	<-p.over
}

// close lets no more tasks in: they fail with refusal.
func (p *Pool) close(refusal error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed, p.refusal = true, refusal
	p.rooms.grantAll()
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

// cancelQueued cancels the tasks that have not begun.
func (p *Pool) cancelQueued() {
	for _, j := range p.clear(&p.stats.Cancelled) {
		if j.core != nil {
			j.core.cancel(ErrShutdown)
		}
	}
}

// clear takes all tasks out of the queue, and counts them in n.
func (p *Pool) clear(n *int64) []job {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]job, 0, p.lanes.queued)
	for j := p.lanes.pop(); j.task != nil; j = p.lanes.pop() {
		all = append(all, j)
	}
	*n += int64(len(all))
	return all
}
