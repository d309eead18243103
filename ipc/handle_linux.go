package ipc

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/fanfold/fanfold/ipc/internal/link"
	"golang.org/x/sys/unix"
)

// openHandle returns a handle of a process that has a name if it is one of ours.
func openHandle(pid int, name string) (*Handle, error) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err == syscall.EINVAL { // before Linux 5.10, or the id of a thread
		if fd, err = unix.PidfdOpen(pid, 0); err == nil {
			err = syscall.SetNonblock(fd, true)
		}
	}
	switch err {
	case nil:
	case syscall.ESRCH:
		return nil, os.ErrProcessDone
	default: // ENOSYS is an errors.ErrUnsupported
		return nil, fmt.Errorf("ipc: a handle of process %d: %w", pid, os.NewSyscallError("pidfd_open", err))
	}
	return &Handle{pid: pid, name: name, file: os.NewFile(uintptr(fd), "process")}, nil
}

// signalHandle sends a signal.
func signalHandle(fd int, s syscall.Signal) error {
	return unix.PidfdSendSignal(fd, s, nil, 0)
}

// checkHandle makes sure that f, which came from another process, is a handle.
func checkHandle(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	is := false
	err = raw.Control(func(fd uintptr) {
		target, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		// Before Linux 6.9 it was an anonymous file. Without a /proc it is to be believed.
		is = err != nil || target == "anon_inode:[pidfd]" || strings.HasPrefix(target, "pidfd:")
	})
	if err == nil && !is {
		err = fmt.Errorf("%w: a handle of a process that is none", link.ErrProtocol)
	}
	return err
}

// isHandle reports whether f is a handle: whether a signal can be sent through it.
func isHandle(f *os.File) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	var sent error
	err = raw.Control(func(fd uintptr) { sent = signalHandle(int(fd), 0) })
	return err == nil && (sent == nil || sent == syscall.ESRCH || sent == syscall.EPERM)
}
