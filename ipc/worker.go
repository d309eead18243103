package ipc

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// outputPatience is how long output is waited for when its worker is dead: some
// process outside of the worker's group may hold the pipe open, or the user's
// writer may be slow.
const outputPatience = 100 * time.Millisecond

// A worker is the pool's side of one process.
type worker struct {
	pool *Pool
	pid  int
	born time.Time

	process   *os.Process
	transport transport
	control   *os.File // cancellations, written; its end is the worker's end
	life      *os.File // nothing, ever: its end is the end of the worker's whole group

	crash   excerpt // the beginning of what the runtime said of a crash
	stderr  excerpt // the end of what it wrote to standard error
	fatal   fatalLine
	outputs []*os.File
	copied  sync.WaitGroup // the copiers of outputs

	// Guarded by pool.mu.
	queue   line      // the calls it has; the first leads
	ids     uint64    // the number of its last call
	calls   int64     // so many calls until now
	gone    bool      // it was taken out of the pool
	since   time.Time // when its first call became that
	depth   int       // so many calls may be in queue, and one in any case
	stalled bool      // its first call takes long: nothing is to wait behind it

	overdue   atomic.Bool // we killed it, because a call's ctx ended
	dismissed atomic.Bool // we let it go, because the pool is closed

	mu     sync.Mutex
	reaped bool             // the process id may be somebody else's by now
	state  *os.ProcessState // set before died is closed
	exited chan struct{}    // closed when the process has ended
	died   chan struct{}    // closed when its output has, too
}

// obituary says how the worker ended. cause is what its pipe had to say.
func (w *worker) obituary(name string, cause error) *WorkerDiedError {
	// The runtime tells the cause of a fatal error before it turns to the crash
	// pipe.
	crash := append(w.fatal.found, w.crash.bytes()...)
	e := &WorkerDiedError{Func: name, Pid: w.pid, ExitCode: -1, Crash: crash, Stderr: w.stderr.bytes()}
	if w.state != nil {
		e.ExitCode = w.state.ExitCode()
		if status, ok := w.state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			e.Signal = status.Signal()
		}
	}
	if errors.Is(cause, errProtocol) {
		e.Stderr = append(e.Stderr, ("\n" + cause.Error())...)
	}
	return e
}

// dismiss lets an idle worker go. One that does not is killed.
func (w *worker) dismiss() {
	w.dismissed.Store(true)
	w.transport.dismiss()
	timer := time.AfterFunc(time.Second, w.kill)
	<-w.died
	timer.Stop()
}

// close closes the pool's ends of the pipes, once the process is gone and
// nobody waits for it.
func (w *worker) close() {
	w.transport.close()
	for _, f := range []*os.File{w.control, w.life} {
		f.Close()
	}
}
