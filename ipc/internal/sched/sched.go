// Package sched decides which worker gets which call. It knows neither processes nor
// descriptors: a [Link] stands for a worker's process, and an [Owner] starts workers.
//
// The README.md beside the code draws the life of a worker and the way of a call.
package sched

import (
	"context"
	"sync"
	"time"
)

// Options are the choices of a [Scheduler]. Zero fields are taken as they are: the owner
// sets the defaults.
type Options struct {
	// Workers is the most workers that serve at once. It is 1 or more.
	Workers int

	// Min is how many of these [Scheduler.Begin] starts, and how many stay when idle.
	Min int

	// Spare is how many workers are kept ready beyond those that serve.
	Spare int

	// Idle is how long a worker may be without calls before it is let go, unless only
	// Min workers serve. Negative means forever.
	Idle time.Duration

	// MaxCalls is how many calls a worker gets before it is let go. 0 means no bound.
	MaxCalls int64

	// Closed is the error of calls that are refused because the scheduler ends.
	Closed error
}

// An Owner is what a [Scheduler] asks of the pool that it belongs to.
type Owner[P any] struct {
	// Start starts a worker and returns when the worker is ready, or with the reason why
	// it is not, when its process is gone. It calls [Scheduler.Born] as soon as there is
	// a process. It runs in a goroutine of its own, without the scheduler's lock.
	Start func(w *Worker[P]) error

	// Finish prepares a worker without calls for its end, and returns. It runs in a
	// goroutine of its own, without the scheduler's lock. nil means that there is nothing to do.
	Finish func(w *Worker[P])

	// Tell takes news of w, for logs. err says why a worker was not started. Tell runs
	// under the scheduler's lock: it must neither block nor call the scheduler. nil means
	// that news are not wanted.
	Tell func(news News, w *Worker[P], err error)
}

// News is what an [Owner] is told of a worker.
type News uint8

// The news of a worker.
const (
	Began    News = iota // the worker is ready
	NotBegun             // the worker could not be started
	Ended                // the worker, which was ready once, is gone
)

// A Scheduler gives calls to workers, and decides how many workers there are and for how
// long. Make it with [New]. All methods are safe for concurrent use. P is what a link
// needs to know of a call.
type Scheduler[P any] struct {
	owner   Owner[P]
	options Options
	ended   chan struct{} // closed when the scheduler has come to its end

	// The one lock guards all that follows, all workers, and all calls that are under way.
	mu       sync.Mutex
	stage    stage
	size     int          // so many workers may serve at once
	calls    int          // calls under way, waiting or running
	waiting  line[P]      // calls without a worker, first come first served
	workers  []*Worker[P] // all that are not gone, the oldest first
	crew     []*Worker[P] // of these, the ones that serve
	idle     []*Worker[P] // of the crew, the ones without calls, the last used last: its memory is warm
	spares   []*Worker[P] // the ones that are ready to join the crew
	turn     int          // of the crew, the worker that was last asked to take a call more
	starting int          // starts under way
	failures int          // starts that failed since the last that did not
	timers   [timers]*time.Timer
	stats    Stats // the counters
}

// New returns a scheduler without workers. [Scheduler.Begin] starts the first.
func New[P any](owner Owner[P], options Options) *Scheduler[P] {
	return &Scheduler[P]{owner: owner, options: options, size: options.Workers, ended: make(chan struct{})}
}

// Begin starts the first worker, blocks until that is ready, and has the others start in
// the background. If the first cannot be started, Begin returns the reason. If ctx ends
// first, Begin returns its cause. Either error means that the scheduler has ended.
func (s *Scheduler[P]) Begin(ctx context.Context) error {
	s.mu.Lock()
	first := s.start(nil)
	s.mu.Unlock()
	err := s.await(ctx, first)
	if err != nil {
		s.Close()
		return err
	}
	s.mu.Lock()
	defer s.unlock()
	for s.stage == open && len(s.crew)+s.starting < min(s.options.Min, s.size) {
		s.start(nil)
	}
	s.stock()
	return nil
}

// unlock ends an event: calls that wait get the workers that are idle or ready, and a
// scheduler that is to end may do so. s.mu is held until then.
func (s *Scheduler[P]) unlock() {
	s.spread()
	if s.stage != open {
		s.finish()
	}
	s.mu.Unlock()
}

// tell tells the owner, if it wants to know. s.mu is held.
func (s *Scheduler[P]) tell(news News, w *Worker[P], err error) {
	if s.owner.Tell != nil {
		s.owner.Tell(news, w, err)
	}
}
