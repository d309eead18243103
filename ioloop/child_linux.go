package ioloop

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// A childWatch waits for the end of a process, by a duplicate of its descriptor.
type childWatch struct {
	loop  *Loop
	token poll.Token
	p     *os.Process
	f     func(*os.ProcessState, error)
}

// watchProcess makes the loop wait for p. The descriptor of a process is readable when the
// process has ended.
func (l *Loop) watchProcess(p *os.Process, f func(*os.ProcessState, error)) error {
	pidfd, err := -1, error(nil)
	handleErr := p.WithHandle(func(handle uintptr) {
		pidfd, err = unix.FcntlInt(handle, unix.F_DUPFD_CLOEXEC, 3)
	})
	if err := errors.Join(handleErr, err); err != nil {
		return err
	}
	w := &childWatch{loop: l, p: p, f: f}
	if w.token, err = l.register(pidfd, poll.Readable, w); err != nil {
		unix.Close(pidfd)
		return err
	}
	l.stats.watches.Add(1)
	return nil
}

// end stops waiting.
func (w *childWatch) end() {
	w.loop.stats.watches.Add(-1)
	w.loop.unregister(w.token)
	unix.Close(w.token.FD())
}

func (w *childWatch) ready(poll.Events) {
	w.end()
	state, err := w.p.Wait() // does not block
	w.loop.begin(w)
	w.f(state, err)
	w.loop.end()
}

func (w *childWatch) panicked(*panics.PanicError) {} // it has ended
func (w *childWatch) abort(error)                 { w.end() }
func (w *childWatch) lost()                       { w.loop.stats.watches.Add(-1) }
