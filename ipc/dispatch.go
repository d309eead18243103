package ipc

import (
	"time"
)

// place gives c to a worker, or has it wait for one, starting one if that is
// allowed: in turn, or before all others if it has had a worker already and lost
// it. p.mu is held.
func (p *Pool) place(c *pending, again bool) {
	c.w, c.err, c.end = nil, nil, answered
	c.state.Store(queued)
	switch {
	case len(p.idle) > 0 || again:
		p.waiting.pushFront(c)
		p.spread()
	case p.waiting.n > 0 || !p.squeeze(c):
		p.waiting.pushBack(c)
	}
	p.spawn()
}

// spread gives the calls that wait to workers that have none. p.mu is held.
func (p *Pool) spread() {
	for len(p.idle) > 0 && p.waiting.n > 0 {
		n := len(p.idle) - 1
		w := p.idle[n]
		p.idle = p.idle[:n]
		p.refill(w)
	}
	p.spawn()
}

// give puts c, which is in no line, into the queue of w, if there is room.
// p.mu is held.
func (p *Pool) give(w *worker, c *pending) bool {
	c.w = w
	if !w.transport.Post(&c.passage, w.queue.n == 0) {
		c.w = nil
		return false
	}
	w.calls++
	w.queue.pushBack(c)
	return true
}

// recall has c, which is in no line, wait for another worker, before all others.
// p.mu is held.
func (p *Pool) recall(c *pending) {
	c.w = nil
	if p.killed {
		p.settle(c, answered, ErrClosed)
		return
	}
	p.waiting.pushFront(c)
}

// proceed goes on after a call has left the queue of w. p.mu is held.
func (p *Pool) proceed(w *worker) {
	switch {
	case !w.gone:
		p.refill(w)
		p.spread() // to others, what was taken back and did not fit here
	case w.queue.n == 0: // the last one out closes its files
		w.close()
	default:
		p.promote(w)
	}
}

// refill gives w calls to do: those that wait longest or, if none does, some of
// those that wait behind others on other workers. Without any it is laid aside.
// p.mu is held.
func (p *Pool) refill(w *worker) {
	if w.away {
		return
	}
	if w.queue.n < p.depth(w) {
		p.rescue(w)
	}
	for c := p.waiting.first; c != nil && w.queue.n < p.depth(w); c = p.waiting.first {
		p.waiting.remove(c)
		if !p.give(w, c) {
			p.waiting.pushFront(c)
			if w.queue.n == 0 { // it has no calls and no room: it is out of its mind
				w.nonsense.Store(true)
				w.Kill()
				return
			}
			break
		}
	}
	switch {
	case w.queue.n > 0:
		p.promote(w)
	case p.spent(w):
		p.release(w)
	default:
		p.idle = append(p.idle, w)
		if p.options.Idle > 0 {
			w.since = time.Now()
			p.shrink()
		}
	}
}

// promote tells the owner of the oldest call of w that it leads. p.mu is held.
func (p *Pool) promote(w *worker) {
	if c := w.queue.first; c.state.Load() == queued {
		w.since = time.Now()
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

// spawn has spares join the crew, and starts workers, as many as calls wait for and
// the pool may have. p.mu is held.
func (p *Pool) spawn() {
	for p.waiting.n > 0 && len(p.crew) < p.workers && p.join() {
		p.stock()
	}
	for p.starting < p.waiting.n && len(p.crew)+p.starting < p.workers {
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
	sparePause = time.Second // nobody waits for a spare
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
		delete(p.unborn, w)
		p.live[w] = true
		w.away = false
		p.logStart(w)
		if w.gone { // already
			p.lose(w)
			return
		}
		p.welcome(w)
		return
	}
	p.stats.FailedStarts++
	p.stats.StartError = err
	p.logNoStart(err)
	if p.failures++; p.failures >= maxStarts && len(p.crew)+p.starting == 0 {
		p.failures = 0
		p.refuse(err)
	}
	again, pause := p.spawn, startPause
	if p.waiting.n == 0 {
		again, pause = p.stock, sparePause
	}
	time.AfterFunc(pause, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		again()
	})
}

// adopt makes a worker that is starting known.
func (p *Pool) adopt(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unborn[w] = true
	if p.killed {
		w.Kill()
	}
}

// stillborn ends what adopt began, of a worker that never served.
func (p *Pool) stillborn(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.unborn, w)
}

// gone notes that the process of a worker has ended.
func (p *Pool) gone(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.gone = true
	if w.queue.n == 0 { // the last one out closes its files
		w.close()
	}
	if p.live[w] {
		p.lose(w)
		p.changed.Broadcast()
	}
}

// lose takes out a worker that is gone, and replaces it. p.mu is held.
func (p *Pool) lose(w *worker) {
	delete(p.live, w)
	p.discharge(w)
	p.logEnd(w)
	switch {
	case w.dismissed.Load() || p.killed:
	case w.overdue.Load():
		p.stats.Killed++
	default:
		p.stats.Died++
	}
	p.spawn()
	// Have the next one ready before somebody asks, unless this one was no use
	// at all: workers that die as soon as they live would be a storm of forks.
	if useful := w.calls > 0 || time.Since(w.Born) > time.Second; useful && !w.away {
		p.standby()
		p.stock()
	}
}

// standby has a worker nobody waits for, in place of one that is gone. p.mu is held.
func (p *Pool) standby() {
	if p.closed || len(p.crew)+p.starting >= p.workers {
		return
	}
	if !p.join() && p.starting == 0 {
		p.start()
	}
}
