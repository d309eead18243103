package ipc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
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

	process *os.Process
	request *os.File // calls, written
	unread  *os.File // the read end of request: what the worker never took
	reply   *os.File // results, read
	replies *bufio.Reader
	control *os.File // cancellations, written; its end is the worker's end
	life    *os.File // nothing, ever: its end is the end of the worker's whole group
	out     []byte   // the call being put together

	crash   excerpt // the beginning of what the runtime said of a crash
	stderr  excerpt // the end of what it wrote to standard error
	fatal   fatalLine
	outputs []*os.File
	copied  sync.WaitGroup // the copiers of outputs

	// Guarded by pool.mu.
	busy  bool   // has a call
	task  string // of this function
	calls int64  // so many calls until now

	overdue   atomic.Bool // we killed it, because a call's ctx ended
	dismissed atomic.Bool // we let it go, because the pool is closed

	mu     sync.Mutex
	reaped bool             // the process id may be somebody else's by now
	state  *os.ProcessState // set before died is closed
	exited chan struct{}    // closed when the process has ended
	died   chan struct{}    // closed when its output has, too
}

// assign notes that the worker has a call of the function name. pool.mu is held.
func (w *worker) assign(name string) {
	w.busy, w.task = true, name
	w.calls++
}

// How a call ended on a worker.
type ending int

const (
	answered    ending = iota // by a result or an error
	untouched                 // the worker died before it had read more than the header
	unstarted                 // the worker died while it read it
	diedRunning               // the worker died, and the function may have been running
)

// run runs one call on the worker, which the caller has to itself, and blocks
// until it is answered or the process is gone.
func (w *worker) run(ctx context.Context, call Call) ([]byte, ending, error) {
	id := uint64(w.calls) // ours alone while it is busy
	f := frame{kind: frameCall, chunk: call.Chunk, name: call.Func, call: id, body: call.In}
	if deadline, ok := ctx.Deadline(); ok {
		f.deadline = deadline.UnixNano()
	}
	watch := w.watch(ctx, id, call.Func)
	written, _ := w.send(&f) // if it fails the worker is dead or dying, and the read below says so
	reply, err := readFrame(w.replies, max(w.pool.options.MaxMessage, maxFailure), nil)
	if watch.end() {
		<-w.died // even if it answered: nobody else is to get it
	}

	switch {
	case err == nil && reply.call == id && reply.kind == frameResult:
		return reply.body, answered, nil
	case err == nil && reply.call == id && reply.kind == frameError:
		return nil, answered, unpackError(ctx, call.Func, w.pool.options.MaxMessage, reply.body)
	case err == nil:
		err = fmt.Errorf("%w: kind %d for call %d in answer to call %d", errProtocol, reply.kind, reply.call, id)
	}
	// The worker is gone, or has lost the thread and must go.
	w.kill()
	<-w.died
	end := diedRunning
	switch taken := written - w.leftover(); {
	case taken <= headerSize:
		end = untouched
	case taken <= f.size():
		end = unstarted
	}
	switch {
	case w.pool.terminated():
		return nil, answered, ErrClosed
	case ctx.Err() != nil: // whether we killed it or it was quicker
		return nil, answered, context.Cause(ctx)
	}
	return nil, end, w.obituary(call.Func, err)
}

// send writes a call, small ones at one stroke, and returns how many bytes the
// pipe took. It fails only when the worker dies meanwhile.
func (w *worker) send(f *frame) (written int, err error) {
	w.out = appendFrame(w.out[:0], f)
	if len(f.body) <= keepBuffer {
		w.out = append(append(w.out, f.body...), ticket)
		return w.request.Write(w.out)
	}
	for _, part := range [][]byte{w.out, f.body, {ticket}} {
		n, err := w.request.Write(part)
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
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
	w.request.Close()
	timer := time.AfterFunc(time.Second, w.kill)
	<-w.died
	timer.Stop()
}

// close closes the pool's ends of the pipes, once the process is gone and
// nobody runs a call on it.
func (w *worker) close() {
	for _, f := range []*os.File{w.request, w.unread, w.reply, w.control, w.life} {
		f.Close()
	}
}

func (p *Pool) terminated() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}
