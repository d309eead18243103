package child

import (
	"bytes"
	"regexp"
	"syscall"
	"time"
)

// An End is how a child ended.
type End struct {
	Pid      int
	ExitCode int            // −1 if a signal ended it, or if it is not known
	Signal   syscall.Signal // 0 if it exited, or if it is not known
	Crash    []byte         // the beginning of what the Go runtime said of a crash
	Stderr   []byte         // the end of what the child wrote to standard error
	CPU      time.Duration  // the processor time that it used, if that is known
	GivenUp  bool           // it was killed, and did not end within [Mercy]
	KillErr  error          // why it could not be killed; nil if it could
	Ignored  bool           // how it ended is not known because this program ignores SIGCHLD
}

// End returns how the child ended, if Died is closed. Before that it returns what is
// known of its exit, and what it has written so far.
func (c *Child) End() End {
	// The runtime tells the cause of a fatal error before it turns to the crash
	// pipe.
	crash := append(c.fatal.found, c.crash.bytes()...)
	e := End{Pid: c.Pid, ExitCode: -1, Crash: crash, Stderr: c.stderr.bytes()}
	c.mu.Lock()
	e.GivenUp, e.KillErr, e.Ignored = c.givenUp, c.killErr, c.ignored
	c.mu.Unlock()
	if c.state != nil {
		e.ExitCode = c.state.ExitCode()
		e.CPU = c.state.UserTime() + c.state.SystemTime()
		if status, ok := c.state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			e.Signal = status.Signal()
		}
	}
	return e
}

// OutOfMemory reports whether the child's last words say that there was no memory. With
// cgo, what there is none for is often the stack of a new thread.
func (e *End) OutOfMemory() bool {
	for _, text := range [][]byte{e.Crash, e.Stderr} {
		for _, sign := range []string{"out of memory", "cannot allocate memory", "errno=12", "pthread_create failed", "address space collisions", "ThreadSanitizer failed to allocate"} {
			if bytes.Contains(text, []byte(sign)) {
				return true
			}
		}
	}
	return runtimeFault.Match(e.Crash)
}

// runtimeFault is a crash of the Go runtime itself, not of what it runs. The runtime
// does not always look whether the system has given it the memory that it asked for.
// (The queues of its collector, newSpanSPMC in Go 1.26, do not.)
var runtimeFault = regexp.MustCompile(`^SIGSEGV: segmentation violation\nPC=\S+ m=\d+ sigcode=\d+ addr=0x[0-9a-f]{1,3}\n\ngoroutine 0 .*\nruntime\.`)
