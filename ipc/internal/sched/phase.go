package sched

import (
	"fmt"
	"slices"
)

// Phase is where in its life a worker is. Whether a worker that serves is idle or busy
// follows from its queue.
type Phase uint8

// The phases of a worker, in the order in which it passes through some of them.
const (
	Starting Phase = iota // asked for, not ready
	Spare                 // ready, and kept in reserve
	Serving               // gets calls
	Retiring              // gets no more calls, and has some left
	Leaving               // let go or killed
	Gone                  // has no process any more
	phases   = iota
)

// after says which phases may follow a phase.
var after = [phases][]Phase{
	Starting: {Spare, Serving, Leaving, Gone},
	Spare:    {Serving, Leaving, Gone},
	Serving:  {Retiring, Leaving, Gone},
	Retiring: {Leaving, Gone},
	Leaving:  {Gone},
	Gone:     {},
}

// String returns the phase in lower case.
func (p Phase) String() string {
	if p >= phases {
		return fmt.Sprintf("Phase(%d)", uint8(p))
	}
	return [phases]string{"starting", "spare", "serving", "retiring", "leaving", "gone"}[p]
}

// Why is why a worker leaves, or was killed.
type Why uint8

// The reasons. Of a worker that is gone, Unasked means that it ended by itself, or by a
// hand that is not the scheduler's.
const (
	Unasked    Why = iota
	Closed         // Shutdown
	Terminated     // Close
	Idle           // without calls for Options.Idle
	MaxCalls       // Options.MaxCalls
	Resized        // Resize
	Replaced       // Replace
	Surplus        // not needed when it was ready
	Ctx            // killed: the ctx of its call ended
	Protocol       // killed: it sent what makes no sense
	whys       = iota
)

// String returns the reason as logs have it, "" for Unasked.
func (y Why) String() string {
	if y >= whys {
		return fmt.Sprintf("Why(%d)", uint8(y))
	}
	return [whys]string{"", "closed", "terminated", "idle", "max_calls", "resized", "replaced", "surplus", "ctx", "protocol"}[y]
}

// move takes w into another phase, and is the only function that does: why is the reason
// of one that retires or leaves. What is gone without having been told to leave has gone
// unasked. s.mu is held.
func (s *Scheduler[P]) move(w *Worker[P], to Phase, why Why) {
	if !slices.Contains(after[w.phase], to) {
		panic(fmt.Sprintf("sched: a worker that is %v becomes %v", w.phase, to))
	}
	switch w.phase {
	case Spare:
		s.spares = without(s.spares, w)
	case Serving:
		s.crew, s.idle = without(s.crew, w), without(s.idle, w)
	case Leaving:
		why = w.why
	}
	w.phase, w.why = to, why
	switch to {
	case Spare:
		s.spares = append(s.spares, w)
	case Serving:
		s.crew = append(s.crew, w)
	case Gone:
		s.workers = without(s.workers, w)
	}
}

// without returns the list without w.
func without[W comparable](list []W, w W) []W {
	if i := slices.Index(list, w); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}
