package ipc

import (
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/sched"
)

// A worker is the pool's side of one process, and the link that the pool's scheduler has
// to it.
type worker struct {
	*child.Child
	link.Transport
	control *link.Control // cancellations, files, profiles
	pool    *Pool
	seat    *seat // its place in the pool's scheduler
	cause   error // what the transport said of its end; set before its calls are settled
}

var _ sched.Link[link.Passage] = (*worker)(nil)

// workerOf returns the worker that has a place in a pool's scheduler.
func workerOf(s *seat) *worker { return s.Link().(*worker) }

// Close closes the pool's ends of the pipes, once the process is gone and no goroutine
// waits for it.
func (w *worker) Close() {
	w.Transport.Close()
	w.control.Close()
	w.Child.Close()
}

// Post posts a call. What the worker has written before one that waits behind no other is
// not among the last words of that.
func (w *worker) Post(p *link.Passage, alone bool) bool {
	if alone {
		w.Forget()
	}
	return w.Transport.Post(p, alone)
}

// Kill kills the process. What comes of it is known when it has died.
func (w *worker) Kill() { _ = w.Child.Kill() }

// survived returns an error if the process was killed and is still there; cause is why.
func (w *worker) survived(name string, cause error) error { return survived(name, w.End(), cause) }

// obituary says how the worker ended, and whether it was for want of memory.
func (w *worker) obituary(name string, cause error) *ProcessDiedError {
	return obituary(name, w.End(), cause, w.pool.options.Limits)
}

// lastWords says how the worker ended that a call of the function name was lost with.
func (w *worker) lastWords(name string) *ProcessDiedError { return w.obituary(name, w.cause) }
