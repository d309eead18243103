package sched

// Spares are workers that are ready and do not serve. One takes the place of a worker that
// is gone, or serves as one more, at once and not only when a process has started.

// join has a spare serve, if there is one. s.mu is held.
func (s *Scheduler[P]) join() bool {
	if len(s.spares) == 0 {
		return false
	}
	s.enlist(s.spares[len(s.spares)-1])
	return true
}

// stock starts the spares that are missing. s.mu is held.
func (s *Scheduler[P]) stock() {
	needed := max(min(s.waiting.len(), s.size-len(s.crew)), 0)
	for s.stage == open && s.starting < needed+s.options.Spare-len(s.spares) {
		s.start(nil)
	}
}

// standby has a worker that no call waits for serve in place of one that is gone. s.mu is
// held.
func (s *Scheduler[P]) standby() {
	if s.stage != open || len(s.crew)+s.starting >= s.size {
		return
	}
	if !s.join() && s.starting == 0 {
		s.start(nil)
	}
}
