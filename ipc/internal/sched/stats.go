package sched

// Stats is what a scheduler has done so far and is doing now.
type Stats struct {
	Workers int // workers that serve
	Idle    int // of these, without a call
	Spare   int // workers ready to become one of them
	Waiting int // calls that wait for a worker, or behind another call of theirs

	Calls   int64 // calls taken on
	Spawned int64 // workers that became ready
	Died    int64 // of these, the ones that ended without being let go, or broke the protocol
	Killed  int64 // and the ones killed because a call's ctx had ended
	Retried int64 // times a call was given to another worker after one had gone

	FailedStarts int64 // workers that could not be started
	StartError   error // why the last of these could not
}

// Stats returns the scheduler's statistics. It costs one short lock.
func (s *Scheduler[P]) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.stats
	t.Workers, t.Idle, t.Spare, t.Waiting = len(s.crew), len(s.idle), len(s.spares), s.waiting.len()
	for _, w := range s.workers {
		t.Waiting += max(w.queue.len()-1, 0)
	}
	return t
}
