package sched

import "time"

// How a worker leaves: it is let go, or killed, or ends by itself.

// patience is how long a worker that was let go may take before it is killed.
const patience = time.Second

// release lets w, which is ready and has no calls, go. s.mu is held.
func (s *Scheduler[P]) release(w *Worker[P], why Why) {
	s.move(w, Leaving, why)
	if s.owner.Finish == nil {
		s.dismiss(w)
	} else {
		s.calls++ // until its end is known
		go func() {
			s.owner.Finish(w)
			s.mu.Lock()
			defer s.unlock()
			s.calls--
			s.dismiss(w)
		}()
	}
	if why == MaxCalls {
		s.standby()
		s.stock()
	}
}

// dismiss has a worker that leaves end. One that does not is killed. s.mu is held.
func (s *Scheduler[P]) dismiss(w *Worker[P]) {
	if w.phase == Gone {
		return
	}
	w.link.Dismiss()
	w.patience = time.AfterFunc(patience, func() {
		s.mu.Lock()
		defer s.unlock()
		s.kill(w, w.why)
	})
}

// kill kills the process of w, whatever that does. why is the reason if w leaves for it.
// s.mu is held.
func (s *Scheduler[P]) kill(w *Worker[P], why Why) {
	switch w.phase {
	case Gone:
		return
	case Starting: // its start fails
	case Leaving: // it has its reason
	default:
		s.move(w, Leaving, why)
	}
	w.link.Kill()
}

// Kill kills the process of a worker that sent what makes no sense, if why is [Protocol],
// or that has ended by itself, as it seems, if why is [Unasked]. It does not block.
func (s *Scheduler[P]) Kill(w *Worker[P], why Why) {
	s.mu.Lock()
	defer s.unlock()
	s.kill(w, why)
}

// Doom kills the worker that c leads, because the ctx of c has ended. It takes back
// first what waits there behind c, so that the kill costs c alone. It does nothing, and
// reports false, if the worker has begun a call behind c: then it has answered c, unless
// it lies. With force it is killed all the same. A call that has been settled has no
// worker to kill: Doom reports false.
func (s *Scheduler[P]) Doom(c *Call[P], force bool) bool {
	s.mu.Lock()
	defer s.unlock()
	w := c.worker
	if c.state.Load() != leading || w.queue.first() != c {
		return false
	}
	if !s.unqueue(w, w.queue.len()-1) && !force {
		return false
	}
	s.kill(w, Ctx)
	return true
}

// Gone says that the process of a worker has ended.
func (s *Scheduler[P]) Gone(w *Worker[P]) {
	s.mu.Lock()
	defer s.unlock()
	starting := w.phase == Starting
	s.move(w, Gone, Unasked)
	if w.patience != nil {
		w.patience.Stop()
	}
	if w.queue.len() == 0 { // the last one out closes the link
		w.link.Close()
	}
	if !starting { // else its start fails
		s.lost(w)
	}
}

// useful is how long a worker must have lived, if it has had no call, to be replaced
// before a call waits. Workers that die as soon as they live would be a storm of starts.
const useful = time.Second

// lost takes in that a worker that was ready is gone, and replaces it unless it was let
// go. s.mu is held.
func (s *Scheduler[P]) lost(w *Worker[P]) {
	s.tell(Ended, w, nil)
	switch w.why {
	case Ctx:
		s.stats.Killed++
	case Unasked, Protocol:
		s.stats.Died++
	default:
		return
	}
	if w.calls > 0 || time.Since(w.born) > useful {
		s.standby()
		s.stock()
	}
}
