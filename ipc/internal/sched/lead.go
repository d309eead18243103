package sched

import (
	"context"
	"runtime"
)

// Await blocks until c is settled, or leads: then it returns true, and the goroutine that
// calls it must wait for the answer on the worker's link, and call [Scheduler.Answered] or
// [Scheduler.Lost]. If ctx ends before c was started, c is given up with the cause.
func (s *Scheduler[P]) Await(ctx context.Context, c *Call[P]) (leads bool) {
	done := ctx.Done()
	for {
		switch c.state.Load() {
		case settled:
			return false
		case leading:
			return true
		}
		select {
		case <-c.bell:
			if c.state.Load() == leading {
				// Others have had their answers at the same moment. Let them make their
				// next calls before this thread goes to sleep.
				runtime.Gosched()
			}
		case <-done:
			done = nil // once is enough: what could not be taken back will lead at once
			s.quit(c, GivenUp, context.Cause(ctx))
		}
	}
}

// quit settles a call that is not wanted any more, unless it may have been started.
func (s *Scheduler[P]) quit(c *Call[P], end End, cause error) {
	s.mu.Lock()
	defer s.unlock()
	w := c.worker
	switch {
	case c.state.Load() == settled:
	case w == nil:
		s.waiting.remove(c)
		s.settle(c, end, cause)
	case w.link.Withdraw(&c.Passage):
		w.queue.remove(c)
		w.calls--
		s.settle(c, end, cause)
		s.proceed(w)
	}
}

// Unsent says that c, which leads, could not be sent to its worker, for a reason that is
// not the worker's. It settles c, which is refused with err, and gives the worker others.
func (s *Scheduler[P]) Unsent(c *Call[P], err error) { s.quit(c, Refused, err) }

// Answered says that the answer to c, which leads, is in its passage. It settles c and the
// calls behind it that were answered meanwhile, and gives the worker more.
func (s *Scheduler[P]) Answered(c *Call[P]) {
	s.mu.Lock()
	defer s.unlock()
	w := c.worker
	w.queue.remove(c)
	s.settle(c, Answered, nil)
	w.pace(1 + s.collect(w))
	s.proceed(w)
}

// collect settles the calls of w that were answered, and returns how many. None leads.
// s.mu is held.
func (s *Scheduler[P]) collect(w *Worker[P]) (n int) {
	for c := w.queue.first(); c != nil && w.link.Ready(&c.Passage); c = w.queue.first() {
		w.queue.remove(c)
		s.settle(c, Answered, nil)
		n++
	}
	return n
}

// proceed goes on after a call has left the queue of w. s.mu is held.
func (s *Scheduler[P]) proceed(w *Worker[P]) {
	switch {
	case w.phase == Serving:
		s.refill(w)
	case w.queue.len() > 0:
		s.promote(w)
	case w.phase == Retiring:
		s.release(w, w.why)
	case w.phase == Gone: // the last one out closes the link
		w.link.Close()
	}
}

// Lost says that the worker of c, which leads, is gone, and has not answered c. It settles
// c, and has other workers run what the worker had not started: that it never came to
// these says nothing against them. [Scheduler.Gone] must have been called. c ends when its
// owner calls [Scheduler.Retry] or [Scheduler.GiveUp].
func (s *Scheduler[P]) Lost(c *Call[P]) {
	s.mu.Lock()
	defer s.unlock()
	w := c.worker
	for c := w.queue.last(); c != nil; c = w.queue.last() {
		end := w.fate(c)
		w.queue.remove(c)
		if w.queue.len() > 0 && end == Untouched {
			s.stats.Retried++
			s.recall(c)
			continue
		}
		s.settle(c, end, nil)
	}
	w.link.Close()
}

// fate returns how c ended on a worker that is gone. The scheduler's lock is held.
func (w *Worker[P]) fate(c *Call[P]) End {
	switch read, started := w.link.Fate(&c.Passage); {
	case started:
		return Started
	case read:
		return Unstarted
	}
	return Untouched
}

// settle ends c. A call that was lost with its worker still counts as a call until its
// owner gives it up. s.mu is held.
func (s *Scheduler[P]) settle(c *Call[P], end End, err error) {
	c.end, c.err = end, err
	if end <= GivenUp {
		s.calls--
	}
	c.turn(settled)
}

// Retry has a call that was lost wait for another worker, before all others. After Close
// it gives the call up and returns Options.Closed.
func (s *Scheduler[P]) Retry(c *Call[P]) error {
	s.mu.Lock()
	defer s.unlock()
	if s.stage == terminated {
		s.calls--
		return s.options.Closed
	}
	s.stats.Retried++
	s.place(c, true)
	return nil
}

// GiveUp ends a call that was lost, and returns err, or after Close Options.Closed.
func (s *Scheduler[P]) GiveUp(c *Call[P], err error) error {
	s.mu.Lock()
	defer s.unlock()
	s.calls--
	if s.stage == terminated {
		return s.options.Closed
	}
	return err
}

// Errand gives c, which is new and nobody else's, to one worker, which is starting or
// leaving: the owner's goroutine that calls it leads. It reports false if the worker is
// gone. The call is not counted among the worker's.
func (s *Scheduler[P]) Errand(w *Worker[P], c *Call[P]) bool {
	s.mu.Lock()
	defer s.unlock()
	c.err, c.end = nil, Answered
	c.state.Store(queued)
	if w.phase == Gone || !s.give(w, c) {
		return false
	}
	w.calls--
	s.calls++
	s.promote(w)
	return true
}
