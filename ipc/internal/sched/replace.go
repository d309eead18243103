package sched

import (
	"context"
	"slices"
)

// Replace starts a worker for each that serves or is a spare now, one after another, and
// has the old one leave when the new one is ready. It blocks until the last of the new
// ones is ready. The error is Options.Closed, the reason why a worker could not be
// started, or the cause of ctx: the old ones that are left then stay. A worker that is
// starting when ctx ends replaces none.
func (s *Scheduler[P]) Replace(ctx context.Context) error {
	s.mu.Lock()
	old, closed := slices.Concat(s.crew, s.spares), s.stage != open
	s.mu.Unlock()
	if closed {
		return s.options.Closed
	}
	for _, w := range old {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.mu.Lock()
		if s.stage != open {
			s.mu.Unlock()
			return s.options.Closed
		}
		if !w.ready() { // it has left meanwhile
			s.mu.Unlock()
			continue
		}
		next := s.start(w)
		s.unlock()
		if err := s.await(ctx, next); err != nil {
			return err
		}
	}
	return nil
}
