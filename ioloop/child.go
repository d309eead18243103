package ioloop

import (
	"errors"
	"os"
)

// Child makes the loop call f with the state of p, when p has ended. It reaps p: the
// caller must not call p.Wait. On Linux the loop waits for a descriptor of the process,
// and no goroutine does. Elsewhere, and where the kernel or the poller refuses that, a
// goroutine waits in p.Wait until p ends, also after Close. When the loop is closed
// before, p is not reaped. Child is for callbacks. Python: asyncio's child watchers.
func (l *Loop) Child(p *os.Process, f func(*os.ProcessState, error)) error {
	l.check("Child")
	switch {
	case f == nil:
		panic("ioloop: Child with a nil function")
	case p == nil:
		return errors.New("ioloop: Child of a nil process")
	case l.isClosed():
		return ErrClosed
	}
	if err := l.watchProcess(p, f); err == nil {
		return nil
	}
	go func() {
		state, err := p.Wait()
		l.send(func() { f(state, err) })
	}()
	return nil
}
