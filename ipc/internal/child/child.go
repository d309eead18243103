package child

import (
	"os"
	"sync"
	"time"
)

// Patience is how long output is waited for when its process is dead. Some process
// outside of its group may hold the pipe open, or the user's writer may be slow.
const Patience = 100 * time.Millisecond

// Mercy is how long a child may take to die that was killed: a process that is frozen, or
// that waits for a disk which is gone, may never. Tests have less.
var Mercy = 2 * time.Second

// What is kept of a child's words.
const (
	maxCrash  = 64 << 10
	maxStderr = 8 << 10
)

// A Child is the parent's side of a process that it has started. Make it with
// [Spawner.Start], and call [Child.Reap] in a goroutine of its own. All other methods
// may be called at any time.
type Child struct {
	Pid     int
	Born    time.Time
	Control *os.File      // the parent's end of the control socket, which the owner closes
	Exited  chan struct{} // closed when the process has ended
	Died    chan struct{} // closed when its output has ended, too

	process  *os.Process
	terminal *terminal // that it has the foreground of; nil for none
	life     *os.File  // nothing is ever written to it: its end is the end of the child's whole group

	crash   excerpt // the beginning of what the runtime said of a crash
	words   *words  // of its standard error
	stderr  excerpt // the end of these
	fatal   fatalLine
	outputs []*os.File
	copied  sync.WaitGroup // the goroutines that copy outputs

	condemn   sync.Once
	condemned chan struct{} // closed when it was killed

	mu      sync.Mutex
	reaped  bool  // its number may be another process's by now
	killErr error // why it could not be killed
	givenUp bool  // it is still there, and passes for dead
	ignored bool  // this program ignores SIGCHLD, so that nothing is known of its end

	state *os.ProcessState // set before Exited is closed; nil if it is not known
}

// Held calls f with the child's number, which is its own while f runs. It returns the
// error of f, or os.ErrProcessDone if the child has been reaped.
func (c *Child) Held(f func(pid int) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reaped {
		return os.ErrProcessDone
	}
	return f(c.Pid)
}

// Signal sends a signal to the child, and not to what that has started. It cannot reach
// another process that has got its number. The error is os.ErrProcessDone if the child
// has ended.
func (c *Child) Signal(s os.Signal) error {
	err := c.process.Signal(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && c.reaped { // by a kernel that told us nothing else
		return os.ErrProcessDone
	}
	return err
}

// State returns what is known of a child whose Exited is closed. It is nil in programs
// that ignore SIGCHLD, or wait for processes that they have not started.
func (c *Child) State() *os.ProcessState { return c.state }

// Forget leaves out of the child's last words what it has written until now. It does not
// block.
func (c *Child) Forget() {
	if c.words != nil { // else it was not started
		c.stderr.forget(c.words.written())
	}
}

// Close closes the parent's end of the life pipe. If the child still lives, that kills
// it and its group where the kernel watches that pipe.
func (c *Child) Close() { c.life.Close() }
