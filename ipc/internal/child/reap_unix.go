//go:build unix

package child

import (
	"os"
	"syscall"
	"time"
)

// SysKill is kill(2). Tests have it fail.
var SysKill = syscall.Kill

// Kill ends the child, even if it has left its group, and every process in the group,
// at once. It does not wait for that, and does nothing to a child that has ended.
//
// A child that may not be killed loses its life pipe, whose end kills it where the
// kernel watches that pipe: it does so in the name of the child. Kill then returns the
// error all the same. If the child is still there after [Mercy], [Child.Reap] gives it up.
func (c *Child) Kill() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reaped || c.process == nil {
		return nil
	}
	// The question is for programs that ignore SIGCHLD: there the kernel has reaped it
	// before we know, and the number may be another's.
	if c.process.Signal(syscall.Signal(0)) == os.ErrProcessDone {
		return nil
	}
	err := SysKill(-c.Pid, syscall.SIGKILL)
	if alone := SysKill(c.Pid, syscall.SIGKILL); alone != syscall.ESRCH {
		err = alone // the group may be gone, or have others in it
	}
	c.condemn.Do(func() { close(c.condemned) })
	if err == nil || err == syscall.ESRCH {
		return nil
	}
	c.life.Close()
	c.killErr = os.NewSyscallError("kill", err)
	return c.killErr
}

// Reap blocks until the child has ended, kills what is left of its group, and collects
// its output. Then it calls gone and closes Died. It calls ended in between, when the
// child writes no more and some process that it has left behind might still.
//
// A child that does not end within [Mercy] after it was killed is given up: it passes
// for dead, [Child.End] says so, and its life pipe is closed.
func (c *Child) Reap(ended, gone func()) {
	waited, collected := make(chan *os.ProcessState, 1), make(chan struct{})
	go func() {
		waited <- c.wait()
		collect(c.Pid)
		close(collected)
	}()
	select {
	case c.state = <-waited:
	case <-c.condemned:
		select {
		case c.state = <-waited:
		case <-time.After(Mercy):
			c.mu.Lock()
			c.givenUp = true
			c.life.Close()
			c.mu.Unlock()
		}
	}
	for _, f := range reaped {
		f()
	}
	c.terminal.back(c.Pid)
	close(c.Exited) // what forwards its output has no more time
	ended()
	for _, f := range c.outputs {
		_ = f.SetReadDeadline(time.Now().Add(Patience))
	}
	c.copied.Wait()
	c.words.close()
	for _, f := range c.outputs {
		f.Close()
	}
	select {
	case <-collected:
	case <-time.After(Patience): // what does not die now is collected later
	}
	gone()
	close(c.Died)
}

// collect reaps what the kernel has made this process the parent of, when a child that is
// gone left it behind in its group and it was killed. While there is any, no other group
// can have that number.
func collect(group int) {
	if !adopts() {
		return
	}
	var err error
	for err == nil || err == syscall.EINTR {
		_, err = syscall.Wait4(-group, nil, 0, nil)
	}
}
