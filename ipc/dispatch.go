package ipc

import (
	"slices"
	"time"
)

// place gives c to an idle worker, or has it wait for one, starting one if that
// is allowed: in turn, or before all others if it has had a worker already and
// lost it. p.mu is held.
func (p *Pool) place(c *pending, again bool) {
	c.w, c.err, c.end = nil, nil, answered
	c.taken.Store(false)
	c.state.Store(queued)
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.give(w, c)
		p.promote(w)
		return
	}
	if again {
		p.waiting.pushFront(c)
	} else {
		p.waiting.pushBack(c)
	}
	p.spawn()
}

// give puts c, which is in no line, into the queue of w. p.mu is held.
func (p *Pool) give(w *worker, c *pending) {
	w.calls++
	c.w, c.id = w, uint64(w.calls)
	w.transport.post(c)
	w.queue.pushBack(c)
}

// proceed goes on after a call has left the queue of w. p.mu is held.
func (p *Pool) proceed(w *worker) {
	if w.queue.n == 0 && w.gone { // the last one out closes its files
		w.close()
		return
	}
	p.offer(w)
}

// offer gives a worker to the call that waits longest, or lays it aside. p.mu
// is held.
func (p *Pool) offer(w *worker) {
	if c := p.waiting.first; c != nil {
		p.waiting.remove(c)
		p.give(w, c)
	}
	if w.queue.n == 0 {
		p.idle = append(p.idle, w)
		return
	}
	p.promote(w)
}

// promote tells the owner of the oldest call of w that it leads. p.mu is held.
func (p *Pool) promote(w *worker) {
	if c := w.queue.first; c.state.Load() == queued {
		c.turn(leading)
	}
}

// refuse fails the calls that have no worker. p.mu is held.
func (p *Pool) refuse(err error) {
	for c := p.waiting.first; c != nil; c = p.waiting.first {
		p.waiting.remove(c)
		p.settle(c, answered, err)
	}
}

// spawn starts as many workers as calls wait for and the pool may have. p.mu
// is held.
func (p *Pool) spawn() {
	for p.starting < p.waiting.n && len(p.live)+p.starting < p.options.Workers {
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
		p.refuse(err)
	}
	if p.waiting.n > 0 {
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
	w.gone = true
	if w.queue.n == 0 {
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
