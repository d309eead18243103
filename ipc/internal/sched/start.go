package sched

import (
	"context"
	"time"
)

// A start may fail because the system is short of something, or because the new process
// is killed from outside. It is tried again while calls wait for it, but calls that have
// no other worker to wait for are refused after a few failures.
const (
	maxStarts  = 3
	startPause = 20 * time.Millisecond
	sparePause = time.Second // no call waits for a spare
)

// start has the owner start a worker in the background, in place of old if that is not
// nil. s.mu is held.
func (s *Scheduler[P]) start(old *Worker[P]) *Worker[P] {
	w := &Worker[P]{replaces: old, up: make(chan struct{})}
	s.starting++
	s.workers = append(s.workers, w)
	go func() { s.began(w, s.owner.Start(w)) }()
	return w
}

// spawn starts workers, as many as calls wait for and the scheduler may have. s.mu is held.
func (s *Scheduler[P]) spawn() {
	for s.starting < s.waiting.len() && len(s.crew)+s.starting < s.size && s.timers[retry] == nil {
		s.start(nil)
	}
}

// Born says that a worker that is starting has a process. [Scheduler.Gone] must follow
// when the process has ended.
func (s *Scheduler[P]) Born(w *Worker[P], link Link[P]) {
	s.mu.Lock()
	defer s.unlock()
	w.link, w.born = link, time.Now()
	if s.stage == terminated {
		link.Kill()
	}
}

// began takes in a worker that has started, or the news that it has not.
func (s *Scheduler[P]) began(w *Worker[P], err error) {
	s.mu.Lock()
	defer s.unlock()
	s.starting--
	defer close(w.up)
	if err != nil {
		w.err = s.failed(w, err)
		return
	}
	s.failures = 0
	s.stats.Spawned++
	s.tell(Began, w, nil)
	old := w.replaces
	w.replaces = nil
	if old != nil && s.stage != open {
		old, w.err = nil, s.options.Closed // it replaces none
	}
	switch {
	case w.phase == Gone: // already
		s.lost(w)
	case s.stage == terminated:
		s.move(w, Leaving, Terminated)
		w.link.Kill()
	default:
		if old != nil && old.ready() {
			s.retire(old, Replaced)
		}
		s.welcome(w)
	}
}

// failed takes in that a worker could not be started, and returns what its start failed
// with: where the scheduler has killed it, that is no fault of the worker's. s.mu is held.
func (s *Scheduler[P]) failed(w *Worker[P], err error) error {
	if w.phase != Gone { // it had no process
		s.move(w, Gone, Unasked)
	}
	if s.stage == terminated {
		return s.options.Closed
	}
	s.stats.FailedStarts++
	s.stats.StartError = err
	s.tell(NotBegun, w, err)
	if s.failures++; s.failures >= maxStarts && len(s.crew)+s.starting == 0 {
		s.failures = 0
		s.refuse(err)
	}
	s.later(retry, startPause, func() {}) // the end of each event starts what calls wait for
	if s.waiting.len() == 0 {
		s.later(restock, sparePause, s.stock)
	}
	return err
}

// await blocks until the start of w is over, and returns how it failed, or until ctx ends,
// and returns the cause.
func (s *Scheduler[P]) await(ctx context.Context, w *Worker[P]) error {
	select {
	case <-w.up:
		return w.err
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-w.up: // just now
		return w.err
	default:
		w.replaces = nil // it starts all the same, and serves where there is need of it
		return context.Cause(ctx)
	}
}
