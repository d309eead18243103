package sched

import "time"

// A worker that has only one call at a time is idle while its answer travels and the next
// call does, which for quick functions is nearly always. So quick calls are sent ahead of
// time, more than one per worker. What waits behind another call there can be taken back
// until it is started, and is, as soon as a worker has nothing to do or the call before it
// turns out not to be quick.

const (
	// aheadFor is how long a worker is given work for: several times what a round trip
	// takes.
	aheadFor = 200 * time.Microsecond

	// stall is how long a call may take before what waits behind it moves on.
	stall = 2 * aheadFor

	maxDepth = 64
)

// pace notes that n calls have been answered since the first of them led, and adapts how
// many the worker may have.
func (w *Worker[P]) pace(n int) {
	took := max(time.Since(w.since)/time.Duration(n), 1)
	w.depth = int(min(aheadFor/took, maxDepth))
	w.stalled = false
}

// room returns how many calls w, which serves, may have. Calls wait for workers that are
// still to come. s.mu is held.
func (s *Scheduler[P]) room(w *Worker[P]) int {
	n := 1
	if len(s.crew) >= s.size {
		n = max(w.depth, 1)
	}
	if s.options.MaxCalls > 0 {
		n = int(min(int64(n), int64(w.queue.len())+s.options.MaxCalls-w.calls))
	}
	return n
}

// squeeze gives c to a busy worker that may have more calls than it has: of two, the one
// with fewer. s.mu is held.
func (s *Scheduler[P]) squeeze(c *Call[P]) bool {
	var best *Worker[P]
	for range min(len(s.crew), 2) {
		s.turn = (s.turn + 1) % len(s.crew)
		w := s.crew[s.turn]
		if w.queue.len() < s.room(w) && !w.stalled && (best == nil || w.queue.len() < best.queue.len()) {
			best = w
		}
	}
	return best != nil && best.queue.len() > 0 && s.give(best, c)
}

// rescue has calls that wait behind others on other workers wait in line again: all of
// those behind a call that takes long, and, if w would have nothing to do otherwise, half
// of those of the worker that has most. s.mu is held.
func (s *Scheduler[P]) rescue(w *Worker[P]) {
	if len(s.crew) < 2 {
		return
	}
	now := time.Now()
	most := w
	for _, v := range s.crew {
		switch {
		case v == w || v.queue.len() < 2:
		case now.Sub(v.since) > stall:
			v.stalled = true
			s.unqueue(v, v.queue.len()-1)
		case v.queue.len() > most.queue.len():
			most = v
		}
	}
	if w.queue.len() == 0 && s.waiting.len() == 0 && most != w {
		s.unqueue(most, most.queue.len()/2)
	}
}

// unqueue takes the n youngest calls of w back, which are not all it has, and has them
// wait in line before all others. It reports false if w has started one of them: that one
// stays, and those before it. s.mu is held.
func (s *Scheduler[P]) unqueue(w *Worker[P], n int) bool {
	for range n {
		c := w.queue.last()
		if !w.link.Withdraw(&c.Passage) {
			return false
		}
		w.queue.remove(c)
		w.calls--
		s.recall(c)
	}
	return true
}
