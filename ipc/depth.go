package ipc

import "time"

// A worker that has only one call at a time is idle while its answer travels
// and the next call does, which for quick functions is nearly always. So quick
// calls are sent ahead of time, more than one per worker. What waits behind
// another call there can be taken back until it is started, and is, as soon as a
// worker has nothing to do or the call before it turns out not to be quick.

const (
	// aheadFor is how long a worker is given work for: several times what a round
	// trip takes.
	aheadFor = 200 * time.Microsecond

	// stall is how long a call may take before what waits behind it moves on.
	stall = 2 * aheadFor

	maxDepth = 64
)

// pace notes that n calls have been answered since the first of them led, and
// adapts how many the worker may have.
func (w *worker) pace(n int) {
	took := max(time.Since(w.since)/time.Duration(n), 1)
	w.depth = int(min(aheadFor/took, maxDepth))
	w.stalled = false
}

// depth returns how many calls w may have. Calls wait for workers that are still
// to come. p.mu is held.
func (p *Pool) depth(w *worker) int {
	n := 1
	if len(p.crew) >= p.workers {
		n = max(w.depth, 1)
	}
	switch {
	case w.retired:
		return 0
	case p.options.MaxCalls > 0:
		n = int(min(int64(n), int64(w.queue.n)+p.options.MaxCalls-w.calls))
	}
	return n
}

// squeeze gives c to a busy worker that may have more calls than it has: of two,
// the one with fewer. p.mu is held.
func (p *Pool) squeeze(c *pending) bool {
	var best *worker
	for range min(len(p.crew), 2) {
		p.turn = (p.turn + 1) % len(p.crew)
		w := p.crew[p.turn]
		if w.queue.n < p.depth(w) && !w.stalled && (best == nil || w.queue.n < best.queue.n) {
			best = w
		}
	}
	if best == nil || best.queue.n == 0 || !p.give(best, c) {
		return false
	}
	return true
}

// rescue has calls that wait behind others on other workers wait in line again:
// all of those behind a call that takes long, and, if w would have nothing to do
// otherwise, half of those of the worker that has most. p.mu is held.
func (p *Pool) rescue(w *worker) {
	if len(p.crew) < 2 {
		return
	}
	now := time.Now()
	most := w
	for _, v := range p.crew {
		switch {
		case v == w || v.queue.n < 2:
		case now.Sub(v.since) > stall:
			v.stalled = true
			p.unqueue(v, v.queue.n-1)
		case v.queue.n > most.queue.n:
			most = v
		}
	}
	if w.queue.n == 0 && p.waiting.n == 0 && most != w {
		p.unqueue(most, most.queue.n/2)
	}
}

// unqueue takes the n youngest calls of w back, which are not all it has, or those
// that it has not started, and has them wait in line before all others. p.mu is
// held.
func (p *Pool) unqueue(w *worker, n int) {
	for range n {
		c := w.queue.last
		if !w.transport.Withdraw(&c.passage) {
			return
		}
		w.queue.remove(c)
		w.calls--
		p.recall(c)
	}
}
