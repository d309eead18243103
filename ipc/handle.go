package ipc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A Handle is a process that can be watched and signalled, wherever it was started: a
// [Process], the [Parent], any other by [HandleOf]. It travels inside arguments and
// results, as files do, and means the same process over there. On Linux it is a pidfd:
// it never means another process that has got the same id. All methods are safe for
// concurrent use. The caller closes it, which does nothing to the process.
//
// How a process ended is told to its parent only: see [Process.Join].
type Handle struct {
	pid  int
	name string
	file *os.File // a pidfd, in the poller
}

// HandleOf returns a handle of the process that has the id now. It does not block. The
// error is os.ErrProcessDone if there is none, one that errors.Is finds
// errors.ErrUnsupported in where the system has no such handles (all but Linux since
// 5.4), or says what else failed, for want of descriptors for example. HandleOf panics
// if pid is less than 1.
func HandleOf(pid int) (*Handle, error) {
	if pid < 1 {
		panic(fmt.Sprintf("ipc: HandleOf(%d): want the id of a process", pid))
	}
	return openHandle(pid, "")
}

// Handle returns a handle of the process, for others to watch and signal it. The error
// is [ErrNotStarted] if there is no process yet, os.ErrProcessDone if it has ended, or one of [HandleOf].
func (p *Process[Out]) Handle() (*Handle, error) {
	p.mu.Lock()
	c := p.child
	p.mu.Unlock()
	switch {
	case c == nil && p.ended():
		return nil, os.ErrProcessDone
	case c == nil:
		return nil, ErrNotStarted
	}
	// As long as it has not been reaped nobody else has its id.
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reaped {
		return nil, os.ErrProcessDone
	}
	return openHandle(c.pid, p.name)
}

// Parent returns a handle of the process that started this one, or of who has taken
// its place when that has ended: a worker ends with its parent, and does not see that.
// Errors are those of [HandleOf]. ("multiprocessing.parent_process")
func Parent() (*Handle, error) {
	for {
		pid := os.Getppid()
		if pid < 1 { // it is outside of what this process can see
			return nil, os.ErrProcessDone
		}
		h, err := openHandle(pid, "")
		if os.Getppid() == pid { // else it may be another's id by now
			return h, err
		}
		if err == nil {
			h.Close()
		}
	}
}

// Pid returns the process id. After the process has ended it may be another's.
func (h *Handle) Pid() int { return h.pid }

// Name returns the name of a [Process]; of others it is empty.
func (h *Handle) Name() string { return h.name }

// Alive reports whether the process has not ended. A closed handle knows of none.
func (h *Handle) Alive() bool {
	alive := false
	_ = h.control(func(fd int) error {
		alive = !fds.InputWaits(uintptr(fd))
		return nil
	})
	return alive
}

// Signal sends a signal to the process. It does not wait. The error is
// os.ErrProcessDone if the process has ended, fs.ErrClosed after Close, EPERM if it is
// another user's; one that errors.Is finds errors.ErrUnsupported in if s is no
// syscall.Signal.
func (h *Handle) Signal(s os.Signal) error {
	n, ok := s.(syscall.Signal)
	if !ok {
		return fmt.Errorf("ipc: Handle.Signal(%v): %w", s, errors.ErrUnsupported)
	}
	err := h.control(func(fd int) error {
		if fds.InputWaits(uintptr(fd)) { // it has ended, though its parent may not have noticed
			return syscall.ESRCH
		}
		return signalHandle(fd, n)
	})
	if err == syscall.ESRCH {
		return os.ErrProcessDone
	}
	return err
}

// Terminate asks the process to end, by SIGTERM. See [Handle.Signal].
func (h *Handle) Terminate() error { return h.Signal(syscall.SIGTERM) }

// Kill ends the process at once, by SIGKILL, and not what it has started. See
// [Handle.Signal].
func (h *Handle) Kill() error { return h.Signal(syscall.SIGKILL) }

// Join blocks until the process has ended. When ctx ends before, the error is its
// cause; after Close it is fs.ErrClosed. For [Wait] this is a wait, as a
// [Process.Join].
func (h *Handle) Join(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// A handle of its own, since a deadline is for all who wait.
	f, err := fds.Duplicate(h.file)
	if err != nil {
		return err
	}
	defer f.Close()
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	defer fds.Interrupt(ctx, f.SetReadDeadline)()
	return fds.Cause(ctx, fds.RawError(raw.Read(fds.InputWaits)))
}

// Close closes the handle. Who waits in Join goes on waiting. Closing again returns
// fs.ErrClosed.
func (h *Handle) Close() error { return h.file.Close() }

// control calls f with the descriptor, which is not closed meanwhile.
func (h *Handle) control(f func(fd int) error) error {
	raw, err := h.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err = fds.RawError(raw.Control(func(fd uintptr) { failed = f(int(fd)) })); err != nil {
		return err
	}
	return failed
}

// detach returns what travels for the handle.
func (h *Handle) detach() (*os.File, []byte, error) {
	return h.file, append(binary.AppendUvarint(nil, uint64(h.pid)), h.name...), fds.StillOpen(h.file)
}

// attachHandle makes a handle of what detach returned in another process.
func attachHandle(f *os.File, rest []byte) (*Handle, error) {
	pid, n := binary.Uvarint(rest)
	if n <= 0 || pid < 1 || pid > math.MaxInt32 {
		return nil, errProtocol
	}
	return &Handle{pid: int(pid), name: string(rest[n:]), file: f}, checkHandle(f)
}
