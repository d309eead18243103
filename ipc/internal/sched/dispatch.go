package sched

import (
	"runtime"
	"time"
)

// Enter takes a call on, which is new: from now on it waits for a worker. It does not
// block. After Shutdown or Close it returns Options.Closed.
func (s *Scheduler[P]) Enter(c *Call[P]) error {
	s.mu.Lock()
	if s.stage != open {
		s.mu.Unlock()
		return s.options.Closed
	}
	s.calls++
	s.stats.Calls++
	s.place(c, false)
	crowd := s.calls > 1
	s.unlock()
	if crowd {
		// Others may be about to make calls, which then go the same way together.
		runtime.Gosched()
	}
	return nil
}

// place gives c to a busy worker, or has it wait in line for one: in turn, or before all
// others if it has had a worker already and lost it. s.mu is held.
func (s *Scheduler[P]) place(c *Call[P], again bool) {
	c.worker, c.err, c.end = nil, nil, Answered
	c.state.Store(queued)
	switch {
	case again || len(s.idle) > 0:
		s.waiting.pushFront(c)
	case s.waiting.len() > 0 || !s.squeeze(c):
		s.waiting.pushBack(c)
	}
}

// spread gives the calls that wait to workers that have none: those that are idle, then
// spares, then such as it has started. Each event ends with it. s.mu is held.
func (s *Scheduler[P]) spread() {
	for s.waiting.len() > 0 && len(s.idle) > 0 {
		w := s.idle[len(s.idle)-1]
		s.idle = s.idle[:len(s.idle)-1]
		s.refill(w)
	}
	for s.waiting.len() > 0 && len(s.crew) < s.size && s.join() {
		s.stock()
	}
	if s.waiting.len() > 0 {
		s.spawn()
	}
}

// refill gives w, which serves, calls to do: those that wait longest or, if none does,
// some of those that wait behind others on other workers. Without any it is laid aside.
// s.mu is held.
func (s *Scheduler[P]) refill(w *Worker[P]) {
	if w.queue.len() < s.room(w) {
		s.rescue(w)
	}
	for c := s.waiting.first(); c != nil && w.queue.len() < s.room(w); c = s.waiting.first() {
		s.waiting.remove(c)
		if !s.give(w, c) {
			s.waiting.pushFront(c)
			if w.queue.len() == 0 { // it has no calls and no room: it has damaged its link
				s.kill(w, Protocol)
				return
			}
			break
		}
	}
	switch {
	case w.queue.len() > 0:
		s.promote(w)
	case s.spent(w):
		s.release(w, MaxCalls)
	default:
		s.idle = append(s.idle, w)
		if s.options.Idle >= 0 {
			w.since = time.Now()
			s.shrink()
		}
	}
}

// give puts c, which is in no line, into the queue of w, if there is room. s.mu is held.
func (s *Scheduler[P]) give(w *Worker[P], c *Call[P]) bool {
	if !w.link.Post(&c.Passage, w.queue.len() == 0) {
		return false
	}
	c.worker = w
	w.calls++
	w.queue.pushBack(c)
	return true
}

// promote tells the owner of the oldest call of w that it leads. s.mu is held.
func (s *Scheduler[P]) promote(w *Worker[P]) {
	if c := w.queue.first(); c.state.Load() == queued {
		w.since = time.Now()
		c.turn(leading)
	}
}

// recall has c, which is in no line, wait for another worker, before all others. s.mu is
// held.
func (s *Scheduler[P]) recall(c *Call[P]) {
	c.worker = nil
	if s.stage == terminated {
		s.settle(c, Refused, s.options.Closed)
		return
	}
	s.waiting.pushFront(c)
}

// refuse settles the calls that have no worker. s.mu is held.
func (s *Scheduler[P]) refuse(err error) {
	for c := s.waiting.first(); c != nil; c = s.waiting.first() {
		s.waiting.remove(c)
		s.settle(c, Refused, err)
	}
}
