//go:build unix

package child

import (
	"os"
	"syscall"
	"time"
)

// Kill ends the child, even if it has left its group, and every process in the group,
// at once. It does not wait for that, and does nothing to a child that has ended.
func (c *Child) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reaped || c.process == nil {
		return
	}
	// The question is for programs that ignore SIGCHLD: there the kernel has reaped it
	// before we know, and the number may be another's.
	if c.process.Signal(syscall.Signal(0)) != os.ErrProcessDone {
		_ = syscall.Kill(-c.Pid, syscall.SIGKILL)
		_ = syscall.Kill(c.Pid, syscall.SIGKILL)
	}
}

// Reap blocks until the child has ended, kills what is left of its group, and collects
// its output. Then it calls gone and closes Died. It calls ended in between, when the
// child writes no more and some process that it has left behind might still.
func (c *Child) Reap(ended, gone func()) {
	c.state = c.wait()
	close(c.Exited) // what forwards its output has no more time
	ended()
	for _, f := range c.outputs {
		_ = f.SetReadDeadline(time.Now().Add(Patience))
	}
	c.copied.Wait()
	for _, f := range c.outputs {
		f.Close()
	}
	gone()
	close(c.Died)
}
