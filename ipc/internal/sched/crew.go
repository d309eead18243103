package sched

import (
	"fmt"
	"time"
)

// Which workers there are: how many, and for how long. A worker that is to leave and has
// calls retires: it gets no more, and is let go when it has none left. It does not count
// any more, so that another one can take its place at once.

// Resize changes how many workers may serve at once. It does not block: more are started
// when calls wait for them. Of those that are too many the idle ones leave, then the
// youngest when they have done their calls. Resize panics if n is less than 1.
func (s *Scheduler[P]) Resize(n int) {
	if n < 1 {
		panic(fmt.Sprintf("sched: Resize(%d): want 1 or more", n))
	}
	s.mu.Lock()
	defer s.unlock()
	s.size = n
	for len(s.crew) > n && len(s.idle) > 0 {
		s.retire(s.idle[0], Resized)
	}
	for len(s.crew) > n {
		s.retire(s.crew[len(s.crew)-1], Resized)
	}
}

// Size returns how many workers may serve at once.
func (s *Scheduler[P]) Size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size
}

// welcome gives a worker that has started its place: in the crew where it is needed, else
// among the spares. s.mu is held.
func (s *Scheduler[P]) welcome(w *Worker[P]) {
	needed := s.waiting.len() > 0 || len(s.crew) < max(s.options.Min, 1) || len(s.spares) >= s.options.Spare
	switch {
	case needed && len(s.crew) < s.size:
		s.enlist(w)
		s.stock()
	case len(s.spares) < s.options.Spare:
		s.move(w, Spare, Unasked)
	default:
		s.release(w, Surplus)
	}
}

// enlist has a worker that is ready serve. s.mu is held.
func (s *Scheduler[P]) enlist(w *Worker[P]) {
	s.move(w, Serving, Unasked)
	s.refill(w)
}

// ready reports whether w is ready and may stay. The scheduler's lock is held.
func (w *Worker[P]) ready() bool { return w.phase == Spare || w.phase == Serving }

// spent reports whether w has had all its calls. s.mu is held.
func (s *Scheduler[P]) spent(w *Worker[P]) bool {
	return s.options.MaxCalls > 0 && w.calls >= s.options.MaxCalls
}

// retire has a worker that is ready leave: at once if it has no calls. What waits behind
// its first call gets other workers. s.mu is held.
func (s *Scheduler[P]) retire(w *Worker[P], why Why) {
	if w.queue.len() == 0 {
		s.release(w, why)
		return
	}
	s.move(w, Retiring, why)
	s.unqueue(w, w.queue.len()-1)
}

// shrink lets workers go that have been idle for too long, and waits for the next to be.
// s.mu is held.
func (s *Scheduler[P]) shrink() {
	if s.timers[idleness] != nil {
		return
	}
	now := time.Now()
	for s.stage == open && len(s.idle) > 0 && len(s.crew) > s.options.Min { // the end lets go of all
		// The worker that was used longest ago stands first.
		if left := s.idle[0].since.Add(s.options.Idle).Sub(now); left > 0 {
			s.later(idleness, left, s.shrink)
			return
		}
		s.release(s.idle[0], Idle)
	}
}
