package sched

import "time"

// A Worker is the scheduler's side of one worker. The scheduler makes it.
type Worker[P any] struct {
	// Set once, before the worker gets a call.
	link Link[P]       // nil until there is a process
	born time.Time     // when there was one
	up   chan struct{} // closed when its start has succeeded or failed
	err  error         // why it failed, or replaces no other; set before that

	// Guarded by the scheduler's lock.
	phase    Phase
	replaces *Worker[P]  // leaves when this one is ready; nil for none
	why      Why         // why it leaves, or was killed
	queue    line[P]     // the calls it has; the first leads
	calls    int64       // so many calls until now
	since    time.Time   // when its first call became that, or it became idle
	depth    int         // so many calls may be in queue, and one in any case
	stalled  bool        // its first call takes long: nothing is to wait behind it
	patience *time.Timer // until it is killed, if it was let go
}

// A Link is the way to one worker's process. All methods are called under the
// scheduler's lock: they must neither block nor call the scheduler.
type Link[P any] interface {
	// Post puts a call, from now on the youngest of the worker, on its way. alone says
	// that the worker has no other. Post reports false if there is no room.
	Post(p *P, alone bool) bool

	// Withdraw takes a call back. It reports false if the worker may have started it. No
	// goroutine waits for the call's answer.
	Withdraw(p *P) bool

	// Ready takes the answer to a call into p and reports whether it is there. No
	// goroutine waits for the answer.
	Ready(p *P) bool

	// Fate tells how far the worker, which is gone, got with a call: whether it may have
	// begun to read it, and whether it may have started it.
	Fate(p *P) (read, started bool)

	// Dismiss tells the worker, which has no calls, to end.
	Dismiss()

	// Kill ends the worker's process at once.
	Kill()

	// Close frees what the link holds. The worker is gone, and the scheduler does not use
	// the link again.
	Close()
}

// Link returns the link of a worker that has a process.
func (w *Worker[P]) Link() Link[P] { return w.link }

// Phase returns where in its life the worker is. It is for [Scheduler.Each] and
// [Owner].Tell, which hold the lock.
func (w *Worker[P]) Phase() Phase { return w.phase }

// Why returns why a worker that retires, leaves or is gone does so. It is for
// [Scheduler.Each] and [Owner].Tell, which hold the lock.
func (w *Worker[P]) Why() Why { return w.why }

// Calls returns how many calls the worker has been given, without the owner's errands. It
// is for [Scheduler.Each] and [Owner].Tell, which hold the lock.
func (w *Worker[P]) Calls() int64 { return w.calls }

// First returns the passage of the worker's oldest call, which is valid while the lock is
// held, and when that call became the oldest; nil if the worker has no call. It is for
// [Scheduler.Each] and [Owner].Tell, which hold the lock.
func (w *Worker[P]) First() (*P, time.Time) {
	if w.queue.first() == nil {
		return nil, time.Time{}
	}
	return &w.queue.first().Passage, w.since
}

// Each calls f for each worker that has a process and is not gone, the one that was asked
// for first first. f runs under the lock: it must neither block nor call the scheduler.
func (s *Scheduler[P]) Each(f func(w *Worker[P])) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workers {
		if w.link != nil {
			f(w)
		}
	}
}
