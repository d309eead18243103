package ipc

import (
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
	socket  *os.File // what is no call and no answer; its end is the child's end
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

// A childEnd is how a child ended.
type childEnd struct {
	pid      int
	exitCode int            // −1 if a signal ended it, or if it is not known
	signal   syscall.Signal // 0 if it exited, or if it is not known
	crash    []byte         // the beginning of what the runtime said of a crash
	stderr   []byte         // the end of what it wrote to standard error
}

// end returns how the child, whose died is closed, ended. Before that it returns what
// is known.
func (c *child) end() childEnd {
	// The runtime tells the cause of a fatal error before it turns to the crash
	// pipe.
	crash := append(c.fatal.found, c.crash.bytes()...)
	e := childEnd{pid: c.pid, exitCode: -1, crash: crash, stderr: c.stderr.bytes()}
	if c.state != nil {
		e.exitCode = c.state.ExitCode()
		if status, ok := c.state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			e.signal = status.Signal()
		}
	}
	return e
}
