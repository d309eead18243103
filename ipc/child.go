package ipc

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// A child is this process's side of one that it has started.
type child struct {
	pid     int
	born    time.Time
	process *os.Process
	control *control // cancellations, written; its end is the child's end
	life    *os.File // nothing, ever: its end is the end of the child's whole group

	crash   excerpt // the beginning of what the runtime said of a crash
	stderr  excerpt // the end of what it wrote to standard error
	fatal   fatalLine
	outputs []*os.File
	copied  sync.WaitGroup // the copiers of outputs

	mu     sync.Mutex
	reaped bool             // the process id may be somebody else's by now
	state  *os.ProcessState // set before died is closed
	exited chan struct{}    // closed when the process has ended
	died   chan struct{}    // closed when its output has, too
}

// obituary says how the child ended. cause is what its pipe had to say.
func (c *child) obituary(name string, cause error) *WorkerDiedError {
	// The runtime tells the cause of a fatal error before it turns to the crash
	// pipe.
	crash := append(c.fatal.found, c.crash.bytes()...)
	e := &WorkerDiedError{Func: name, Pid: c.pid, ExitCode: -1, Crash: crash, Stderr: c.stderr.bytes()}
	if c.state != nil {
		e.ExitCode = c.state.ExitCode()
		if status, ok := c.state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			e.Signal = status.Signal()
		}
	}
	if errors.Is(cause, errProtocol) {
		e.Stderr = append(e.Stderr, ("\n" + cause.Error())...)
	}
	return e
}
