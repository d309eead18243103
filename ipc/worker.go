package ipc

import (
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/child"
)

// A worker is the pool's side of one process.
type worker struct {
	*child.Child
	control   *control // cancellations, files, profiles
	pool      *Pool
	transport transport

	// Guarded by pool.mu.
	queue   line      // the calls it has; the first leads
	calls   int64     // so many calls until now
	away    bool      // it takes no calls: it has not begun, or is leaving
	retired bool      // it is to leave, when it has no calls left
	gone    bool      // it has ended
	since   time.Time // when its first call became that, or it became idle
	depth   int       // so many calls may be in queue, and one in any case
	stalled bool      // its first call takes long: nothing is to wait behind it

	parting string // why it is to leave: see PoolOptions.Logger

	overdue   atomic.Bool // we killed it, because a call's ctx ended
	nonsense  atomic.Bool // we killed it, because of what it said
	dismissed atomic.Bool // we let it go
}

// dismiss lets a worker go that has no calls and gets none any more. One that does
// not is killed.
func (w *worker) dismiss() {
	w.dismissed.Store(true)
	w.pool.finalize(w)
	w.pool.mu.Lock()
	if !w.gone { // else the transport is closed
		w.transport.Dismiss()
	}
	w.pool.mu.Unlock()
	timer := time.AfterFunc(time.Second, w.Kill)
	<-w.Died
	timer.Stop()
}

// obituary says how the worker ended, and whether it was for want of memory.
func (w *worker) obituary(name string, cause error) *ProcessDiedError {
	return obituary(name, w.End(), cause, w.pool.options.Limits.Memory > 0)
}

// close closes the pool's ends of the pipes, once the process is gone and
// nobody waits for it.
func (w *worker) close() {
	w.transport.Close()
	w.control.Close()
	w.Child.Close()
}
