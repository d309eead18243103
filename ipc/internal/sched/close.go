package sched

import (
	"context"
	"slices"
)

// stage is how far a scheduler has come to its end.
type stage uint8

const (
	open       stage = iota
	shutting         // no new calls: workers leave when the last call is done
	terminated       // workers are killed, and calls refused
	over             // there is nothing left
)

// Shutdown ends the scheduler in an orderly way. New calls are refused, calls that were
// taken on are completed, and then the workers are let go. Shutdown blocks until the last
// is gone. If ctx ends first, Shutdown returns its cause, and the scheduler goes on coming
// to its end.
func (s *Scheduler[P]) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stage = max(s.stage, shutting)
	s.unlock()
	select {
	case <-s.ended:
		return nil
	default:
	}
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close ends the scheduler at once: its workers are killed, and calls fail with
// Options.Closed. It blocks until the workers are gone and the owners of the calls know.
func (s *Scheduler[P]) Close() {
	s.mu.Lock()
	if s.stage < terminated {
		s.stage = terminated
		s.refuse(s.options.Closed)
		for _, w := range slices.Clone(s.workers) {
			if w.link == nil {
				continue // Born kills it
			}
			s.kill(w, Terminated)
			if w.phase == Leaving {
				w.why = Terminated // whatever it left for
			}
		}
	}
	s.unlock()
	<-s.ended
}

// Ended returns a channel that is closed when the scheduler has come to its end.
func (s *Scheduler[P]) Ended() <-chan struct{} { return s.ended }

// finish lets the workers go when the last call is done, and ends the scheduler when the
// last worker is gone. s.stage is not open, and s.mu is held.
func (s *Scheduler[P]) finish() {
	if s.stage == over || s.calls > 0 || s.starting > 0 {
		return
	}
	for _, w := range slices.Clone(s.workers) {
		if w.ready() {
			s.release(w, Closed)
		}
	}
	if s.calls > 0 || len(s.workers) > 0 {
		return
	}
	s.stage = over
	for _, t := range s.timers {
		if t != nil {
			t.Stop()
		}
	}
	close(s.ended)
}
