package concurrent

import (
	"runtime"
	"time"
)

// idle waits for something to do, with p.mu held before and after but not
// meanwhile. It returns false if there will be nothing.
func (w *worker) idle() bool {
	p := w.pool
	if p.spinning < p.spinLimit {
		p.spinning++
		p.news.Store(false)
		p.mu.Unlock()
		for i := 0; i < spins && !p.news.Load(); i++ {
			if i%spinsPerYield == spinsPerYield-1 {
				runtime.Gosched()
			}
		}
		p.mu.Lock()
		p.spinning--
		if p.lanes.queued > 0 || p.closed {
			return true
		}
	}
	if w.wake == nil {
		w.wake = make(chan bool, 1)
	}
	w.parked = p.epoch
	p.idle = append(p.idle, w)
	p.reap()
	p.mu.Unlock()
	search := <-w.wake
	p.mu.Lock()
	if search {
		p.searching--
	}
	return search
}

// A worker that finds nothing to do looks so often before it parks. It counts
// turns and not time, because the clock of a testing/synctest bubble stands
// still.
const (
	spins         = 300
	spinsPerYield = 30
)

// reap sees to it that idle workers end after a while. p.mu must be held.
func (p *Pool) reap() {
	if p.patience == 0 || p.reaping || p.closed {
		return
	}
	p.reaping = true
	if p.reaper == nil {
		p.reaper = time.AfterFunc(p.patience/2, p.reapNow)
	} else {
		p.reaper.Reset(p.patience / 2)
	}
}

// reapNow ends the workers that have been idle for three rounds of half the
// patience, the first of which may have been short.
func (p *Pool) reapNow() {
	p.mu.Lock()
	p.reaping = false
	p.epoch++
	n := 0
	for n < len(p.idle) && p.idle[n].parked <= p.epoch-3 {
		n++
	}
	gone := p.dismiss(n)
	if len(p.idle) > 0 {
		p.reap()
	}
	p.mu.Unlock()
	for _, w := range gone {
		w.wake <- false
	}
}

// dismiss takes the n workers that have been idle for longest off the stack, to
// be told to end. p.mu must be held.
func (p *Pool) dismiss(n int) []*worker {
	gone := append([]*worker(nil), p.idle[:n]...)
	kept := copy(p.idle, p.idle[n:])
	clear(p.idle[kept:])
	p.idle = p.idle[:kept]
	return gone
}
