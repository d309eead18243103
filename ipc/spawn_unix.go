//go:build unix && !linux

package ipc

import (
	"os"
	"syscall"
)

// A spawner starts processes. They end when their control pipe does, which is
// when this process does.
type spawner struct{}

func newSpawner() *spawner { return &spawner{} }

// spawn starts this program again.
func (s *spawner) spawn(attr *os.ProcAttr) (*os.Process, error) {
	attr.Sys = ownGroup(attr.Sys)
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.StartProcess(path, os.Args[:1], attr)
}

func (s *spawner) stop() {}

// wait waits for the process to end, reaps it, and takes down what it started.
// There is no portable way to do that in the order Linux allows: a new group
// with the number of this one would have to appear within microseconds to be
// mistaken for it.
func (c *child) wait() *os.ProcessState {
	state, _ := c.process.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reaped = true
	_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	return state
}
