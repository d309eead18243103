package ipc

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Which workers a pool has: how many, and for how long. A worker that is to leave
// retires: it gets no more calls, and is let go when it has none left. It is not
// counted any more, so that another one can take its place at once.

// Resize changes how many workers the pool may have: see [PoolOptions].Workers. It
// does not block. When there may be more, they start when calls wait for them. When
// there are too many, idle workers leave first, then the youngest, each after its
// calls. Resize panics if n is less than 1.
func (p *Pool) Resize(n int) {
	if n < 1 {
		panic(fmt.Sprintf("ipc: Pool.Resize(%d): want 1 or more", n))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.workers = n
	for len(p.crew) > n && len(p.idle) > 0 {
		p.retire(p.idle[0], "resized")
	}
	for len(p.crew) > n {
		p.retire(p.crew[len(p.crew)-1], "resized")
	}
	p.spawn()
}

// Replace starts a new worker for each worker and spare that the pool has now. The old
// one leaves when the new one is ready and its own calls are done. Use it to free
// memory, or, with [PoolOptions].Exec, to change to a new version of the program.
// Calls are served meanwhile and none is lost.
//
// Replace blocks until the last new worker is ready. It returns an error matching
// [ErrClosed] if the pool ends, an error matching [ErrStart] if a worker cannot be
// started, or context.Cause(ctx). After an error the old workers that are left stay.
func (p *Pool) Replace(ctx context.Context) error {
	p.mu.Lock()
	old, closed := slices.Concat(p.crew, p.spares), p.closed
	p.mu.Unlock()
	if closed {
		return ErrClosed
	}
	for _, w := range old {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		p.mu.Lock()
		switch {
		case p.closed:
			p.mu.Unlock()
			return ErrClosed
		case !slices.Contains(p.crew, w) && !slices.Contains(p.spares, w): // it has left meanwhile
			p.mu.Unlock()
			continue
		}
		p.starting++
		p.mu.Unlock()
		successor, err := startWorker(p)
		if err == nil {
			p.mu.Lock()
			if !p.closed && (slices.Contains(p.crew, w) || slices.Contains(p.spares, w)) {
				p.retire(w, "replaced")
			}
			p.mu.Unlock()
		}
		p.ready(successor, err)
		if err != nil {
			return err
		}
	}
	return nil
}

// welcome gives a worker that has started its place: in the crew where it is needed,
// else among the spares. p.mu is held.
func (p *Pool) welcome(w *worker) {
	needed := p.waiting.n > 0 || len(p.crew) < max(p.options.Min, 1) || len(p.spares) >= p.options.Spare
	switch {
	case needed && len(p.crew) < p.workers:
		p.crew = append(p.crew, w)
		p.refill(w)
		p.stock()
	case len(p.spares) < p.options.Spare:
		p.spares = append(p.spares, w)
	default:
		p.retire(w, "surplus")
	}
}

// join has a spare serve, if there is one. p.mu is held.
func (p *Pool) join() bool {
	n := len(p.spares) - 1
	if n < 0 {
		return false
	}
	w := p.spares[n]
	p.spares = p.spares[:n]
	p.crew = append(p.crew, w)
	p.refill(w)
	return true
}

// stock starts the spares that are missing. p.mu is held.
func (p *Pool) stock() {
	needed := max(min(p.waiting.n, p.workers-len(p.crew)), 0)
	for !p.closed && p.starting < needed+p.options.Spare-len(p.spares) {
		p.start()
	}
}

// size returns how many workers the pool may have.
func (p *Pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.workers
}

// spent reports whether w, which has no calls, is to have no more. p.mu is held.
func (p *Pool) spent(w *worker) bool {
	return w.retired || p.options.MaxCalls > 0 && w.calls >= p.options.MaxCalls
}

// retire has a worker that serves leave, and notes why: at once if it has no calls.
// p.mu is held.
func (p *Pool) retire(w *worker, why string) {
	w.retired, w.parting = true, why
	p.discharge(w)
	if w.queue.n == 0 {
		p.release(w)
		return
	}
	p.unqueue(w, w.queue.n-1)
	p.spread()
}

// discharge takes w out of those that serve. p.mu is held.
func (p *Pool) discharge(w *worker) {
	for _, list := range []*[]*worker{&p.crew, &p.idle, &p.spares} {
		if i := slices.Index(*list, w); i >= 0 {
			*list = slices.Delete(*list, i, i+1)
		}
	}
}

// release lets w, which has no calls, go. p.mu is held.
func (p *Pool) release(w *worker) {
	if w.away { // already
		return
	}
	w.away = true
	if !w.retired {
		w.parting = "max_calls"
	}
	p.discharge(w)
	go w.dismiss()
	p.spawn()
	if !w.retired {
		p.standby()
		p.stock()
	}
}

// shrink lets workers go that have been idle for too long, and waits for the next
// to be. p.mu is held.
func (p *Pool) shrink() {
	if p.idleness != nil {
		return
	}
	now := time.Now()
	for !p.closed && len(p.idle) > 0 && len(p.crew) > p.options.Min { // Close lets go of all
		// The worker that was used longest ago stands first.
		if left := p.idle[0].since.Add(p.options.Idle).Sub(now); left > 0 {
			p.idleness = time.AfterFunc(left, func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.idleness = nil
				p.shrink()
			})
			return
		}
		w := p.idle[0]
		w.retired, w.parting = true, "idle"
		p.release(w)
	}
}
