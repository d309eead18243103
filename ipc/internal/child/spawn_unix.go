//go:build unix && !linux

package child

import (
	"os"
	"os/signal"
	"syscall"
)

// A Spawner starts processes. They end when their control socket does, which is
// when this process does.
type Spawner struct{}

// NewSpawner returns a spawner.
func NewSpawner() *Spawner { return &Spawner{} }

// spawn starts the program at path, or this one again if that is empty.
func (s *Spawner) spawn(path string, args []string, attr *os.ProcAttr) (process *os.Process, err error) {
	if path == "" {
		if path, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	return os.StartProcess(path, args, attr)
}

// Stop does nothing.
func (s *Spawner) Stop() {}

// wait waits for the process to end, reaps it, and takes down what it started.
// There is no portable way to do that in the order Linux allows: a new group
// with the number of this one would have to appear within microseconds to be
// mistaken for it.
func (c *Child) wait() *os.ProcessState {
	state, err := c.process.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reaped = true
	if err == nil {
		_ = syscall.Kill(-c.Pid, syscall.SIGKILL)
	} else { // the system has reaped it, or other code here, at a time that is not known
		c.ignored = signal.Ignored(syscall.SIGCHLD)
	}
	return state
}

// adopts reports whether this process becomes the parent of what its children leave
// behind.
func adopts() bool { return os.Getpid() == 1 }
