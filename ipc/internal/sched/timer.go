package sched

import "time"

// The timers of a scheduler. At most one of each kind is set.
const (
	idleness = iota // a worker will have been idle for too long
	retry           // after a start that failed, until the next may begin
	restock         // after the start of a spare that failed
	timers   = iota
)

// later has f run under the lock after d, unless a timer of that kind is set. s.mu is held.
func (s *Scheduler[P]) later(kind int, d time.Duration, f func()) {
	if s.timers[kind] != nil {
		return
	}
	s.timers[kind] = time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.unlock()
		if s.stage == over {
			return
		}
		s.timers[kind] = nil
		f()
	})
}
