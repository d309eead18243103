package ipc

import (
	"context"
	"slices"
	"time"
)

// acquire returns a worker for one call, starting one if that is allowed and
// waiting for one if not: in turn, or before all others if the call has had a
// worker already and lost it.
func (p *Pool) acquire(ctx context.Context, name string, again bool) (*worker, error) {
	p.mu.Lock()
	if p.killed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		w.assign(name)
		p.mu.Unlock()
		return w, nil
	}
	c := &waiter{name: name, grant: make(chan grant, 1)}
	if again {
		p.waiting = slices.Insert(p.waiting, 0, c)
	} else {
		p.waiting = append(p.waiting, c)
	}
	p.spawn()
	p.mu.Unlock()

	select {
	case g := <-c.grant:
		return g.w, g.err
	case <-ctx.Done():
	}
	p.mu.Lock()
	if i := slices.Index(p.waiting, c); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	p.mu.Unlock()
	select {
	case g := <-c.grant: // granted at the same moment: give it to the next
		if g.w != nil {
			p.release(g.w)
		}
	default:
	}
	return nil, context.Cause(ctx)
}

// release takes back a worker that acquire gave out.
func (p *Pool) release(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.busy = false
	if !p.live[w] { // it died meanwhile; the last one out closes its files
		w.close()
		return
	}
	p.offer(w)
}

// offer gives a free worker to the call that waits longest, or lays it aside.
// p.mu is held.
func (p *Pool) offer(w *worker) {
	if len(p.waiting) == 0 {
		p.idle = append(p.idle, w)
		return
	}
	c := p.waiting[0]
	p.waiting = slices.Delete(p.waiting, 0, 1)
	w.assign(c.name)
	c.grant <- grant{w: w}
}

// spawn starts as many workers as calls wait for and the pool may have. p.mu
// is held.
func (p *Pool) spawn() {
	for p.starting < len(p.waiting) && len(p.live)+p.starting < p.options.Workers {
		p.start()
	}
}

// start starts one worker in the background. p.mu is held.
func (p *Pool) start() {
	p.starting++
	go func() { p.ready(startWorker(p)) }()
}

// A start may fail because the system is short of something, or because
// somebody kills what has just begun. It is tried again while calls wait for it,
// but calls that have nobody else to wait for are told after a few failures.
const (
	maxStarts  = 3
	startPause = 20 * time.Millisecond
)

// ready takes in a worker that has started, or the news that it has not.
func (p *Pool) ready(w *worker, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed.Broadcast()
	p.starting--
	if err == nil {
		p.failures = 0
		p.stats.Spawned++
		p.live[w] = true
		go w.reap(func() { p.gone(w) })
		p.offer(w)
		return
	}
	p.stats.FailedStarts++
	p.stats.StartError = err
	if p.failures++; p.failures >= maxStarts && len(p.live)+p.starting == 0 {
		p.failures = 0
		for _, c := range p.waiting {
			c.grant <- grant{err: err}
		}
		p.waiting = nil
	}
	if len(p.waiting) > 0 {
		time.AfterFunc(startPause, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.spawn()
		})
	}
}

// adopt makes a worker that is starting known to Terminate.
func (p *Pool) adopt(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unborn[w] = true
	if p.killed {
		w.kill()
	}
}

// born ends what adopt began.
func (p *Pool) born(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.unborn, w)
}

// gone takes out a worker whose process has ended, and replaces it.
func (p *Pool) gone(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed.Broadcast()
	delete(p.live, w)
	switch {
	case w.dismissed.Load() || p.killed:
	case w.overdue.Load():
		p.stats.Killed++
	default:
		p.stats.Died++
	}
	if i := slices.Index(p.idle, w); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	if !w.busy {
		w.close()
	}
	p.spawn()
	// Have the next one ready before somebody asks, unless this one was no use
	// at all: workers that die as soon as they live would be a storm of forks.
	useful := w.calls > 0 || time.Since(w.born) > time.Second
	if !p.closed && useful && len(p.live)+p.starting < p.options.Workers && p.starting == 0 {
		p.start()
	}
}
