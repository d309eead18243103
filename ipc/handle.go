package ipc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"reflect"
	"syscall"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/link"
)

// A Handle refers to a process, to watch it and to send it signals: a [Process], the
// [Parent], or any process by [HandleOf]. It travels inside arguments and results, as
// files do, and refers to the same process there. On Linux it is a pidfd, so that it
// never refers to another process that has got the same id. All methods are safe for
// concurrent use. The caller closes it; the process goes on.
//
// The system tells only the parent how a process ended: see [Process.Join].
type Handle struct {
	pid  int
	name string
	file *os.File // a pidfd, in the poller
}

// HandleOf returns a handle of the process that has this id now. It does not block.
// The error is os.ErrProcessDone if there is none. It matches [errors.ErrUnsupported]
// on systems other than Linux, and on Linux before 5.4; other errors say what failed,
// such as a lack of descriptors. HandleOf panics if pid is less than 1.
func HandleOf(pid int) (*Handle, error) {
	if pid < 1 {
		panic(fmt.Sprintf("ipc: HandleOf(%d): want the id of a process", pid))
	}
	return openHandle(pid, "")
}

// Handle returns a handle of the process, which others can use to watch it and to send
// it signals. The error is [ErrNotStarted] if there is no process yet,
// os.ErrProcessDone if it has ended, or an error of [HandleOf].
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
	var h *Handle
	err := c.Held(func(pid int) (err error) {
		h, err = openHandle(pid, p.name)
		return err
	})
	return h, err
}

// Parent returns a handle of the process that started this one. When that has ended,
// its place is taken by process 1 or a subreaper; a worker ends with its parent and
// does not see that. Errors are those of [HandleOf].
// ("multiprocessing.parent_process")
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

// Pid returns the process id. After the process has ended another process may have it.
func (h *Handle) Pid() int { return h.pid }

// Name returns the name of a [Process]. It is empty for other processes.
func (h *Handle) Name() string { return h.name }

// Alive reports whether the process has not ended. It is false for a closed handle.
func (h *Handle) Alive() bool {
	alive := false
	_ = h.control(func(fd int) error {
		alive = !fds.InputWaits(uintptr(fd))
		return nil
	})
	return alive
}

// Signal sends a signal to the process. It does not block. The error is
// os.ErrProcessDone if the process has ended, and EPERM if the process belongs to
// another user. After Close it matches [ErrClosed]. It matches [errors.ErrUnsupported]
// if s is not a [syscall.Signal].
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

// Terminate sends SIGTERM to the process: see [Handle.Signal].
func (h *Handle) Terminate() error { return h.Signal(syscall.SIGTERM) }

// Kill sends SIGKILL to the process, not to the processes that it has started: see
// [Handle.Signal].
func (h *Handle) Kill() error { return h.Signal(syscall.SIGKILL) }

// Join blocks until the process has ended. When ctx ends before, it returns
// context.Cause(ctx). After Close the error matches [ErrClosed]. Join can be an
// argument of conn.Wait.
func (h *Handle) Join(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// A handle of its own, since a deadline is for all who wait.
	f, err := fds.Duplicate(h.file)
	if err != nil {
		return handleError(err)
	}
	defer f.Close()
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	defer fds.Interrupt(ctx, f.SetReadDeadline)()
	return fds.Cause(ctx, fds.RawError(raw.Read(fds.InputWaits)))
}

// Close closes the handle. Calls of Join that wait already go on waiting. Close may be
// called again; the error is always nil.
func (h *Handle) Close() error {
	h.file.Close()
	return nil
}

// handleError returns err, or what it means to the caller if the handle is closed, or a
// zero value.
func handleError(err error) error {
	switch {
	case errors.Is(err, fs.ErrClosed):
		return closed.Descriptor("ipc: the handle is closed")
	case err == os.ErrInvalid:
		return fmt.Errorf("ipc: Handle not made by HandleOf, Parent or Process.Handle: %w", err)
	}
	return err
}

// control calls f with the descriptor, which is not closed meanwhile.
func (h *Handle) control(f func(fd int) error) error {
	raw, err := h.file.SyscallConn()
	if err != nil {
		return handleError(err)
	}
	var failed error
	if err = fds.RawError(raw.Control(func(fd uintptr) { failed = f(int(fd)) })); err != nil {
		return handleError(err)
	}
	return failed
}

func init() {
	wire.Register(wire.Beside{
		Type:   reflect.TypeFor[*Handle](),
		Detach: func(v any) (*os.File, []byte, error) { return v.(*Handle).detach() },
		Attach: func(_ reflect.Type, f *os.File, rest []byte) (any, error) { return attachHandle(f, rest) },
	})
}

// detach returns what travels for the handle.
func (h *Handle) detach() (*os.File, []byte, error) {
	return h.file, append(binary.AppendUvarint(nil, uint64(h.pid)), h.name...), handleError(fds.StillOpen(h.file))
}

// attachHandle makes a handle of what detach returned in another process.
func attachHandle(f *os.File, rest []byte) (*Handle, error) {
	pid, n := binary.Uvarint(rest)
	if n <= 0 || pid < 1 || pid > math.MaxInt32 {
		return nil, link.ErrProtocol
	}
	return &Handle{pid: int(pid), name: string(rest[n:]), file: f}, checkHandle(f)
}

// ProcessInfo describes a process of this package.
type ProcessInfo struct {
	Name   string `json:"name"`   // as [ProcessOptions] has it; "main" for a program, "worker" for a worker of a pool
	Pid    int    `json:"pid"`    // its process id
	Parent int    `json:"parent"` // the process id of its parent; 1 or that of a subreaper when the parent has ended
}

// Self describes this process. ("multiprocessing.current_process", "parent_process")
func Self() ProcessInfo {
	name := "main"
	if isWorker {
		name = "worker"
		if started.Name != "" {
			name = started.Name
		}
	}
	return ProcessInfo{Name: name, Pid: os.Getpid(), Parent: os.Getppid()}
}

// InheritedFiles returns the files that [ProcessOptions].Files has passed to this
// process, in their order. It returns the same files each time; the caller may close
// them.
func InheritedFiles() []*os.File { return inherited }

// inherited is filled before a process's function runs.
var inherited []*os.File
