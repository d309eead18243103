package ipc

import (
	"os"
	"sync"

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
	has     has
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
	if p.Shared {
		p.Know(!p.Whole && w.has.all(p.Files))
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

// has is which files of shared memory a worker has, because they came with a call. They
// need not go with the next one: what comes is found by its memory.
type has struct {
	mu    sync.Mutex
	files map[*os.File]struct{}
}

// mostFiles is how many files are remembered. One more, and all are sent again.
const mostFiles = 64

// all reports whether the worker has all of the files.
func (h *has) all(files []*os.File) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range files {
		if _, ok := h.files[f]; !ok {
			return false
		}
	}
	return true
}

// learn says that the worker has the files, or has them no more.
func (h *has) learn(files []*os.File, there bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.files == nil || len(h.files) > mostFiles {
		h.files = map[*os.File]struct{}{}
	}
	for _, f := range files {
		if there {
			h.files[f] = struct{}{}
		} else {
			delete(h.files, f)
		}
	}
}
