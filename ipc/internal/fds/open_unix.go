//go:build unix

package fds

import (
	"os"
	"syscall"
)

// Open calls open, which opens the descriptors that fds point at. It sets them to be
// closed on exec and not to block. A process that starts at the same moment does not
// inherit them. Open returns the error of open, or that of setting them not to block;
// then they are open.
func Open(open func() error, fds ...*int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := open(); err != nil {
		return err
	}
	for _, fd := range fds {
		syscall.CloseOnExec(*fd)
	}
	for _, fd := range fds {
		if err := syscall.SetNonblock(*fd, true); err != nil {
			return err
		}
	}
	return nil
}

// SocketPair returns the two ends of a stream socket. They do not block, are not
// inherited, and can carry descriptors. The caller closes both.
func SocketPair(name string) (*os.File, *os.File, error) {
	var fds [2]int
	err := Open(func() (err error) {
		fds, err = syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		return err
	}, &fds[0], &fds[1])
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), name), os.NewFile(uintptr(fds[1]), name), nil
}

// HalfPipe returns the two ends of a pipe to a process that is to be started. This
// process uses the end that ours names, which is in the poller. The other one stays
// out of it: it blocks in the new process anyway, and everything that happens there
// would wake the poller here. Neither is inherited unless it is handed over.
func HalfPipe(ours End) (r, w *os.File, err error) {
	var fds [2]int
	syscall.ForkLock.RLock()
	err = syscall.Pipe(fds[:])
	if err == nil {
		syscall.CloseOnExec(fds[Reads])
		syscall.CloseOnExec(fds[Writes])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("pipe", err)
	}
	_ = syscall.SetNonblock(fds[ours], true)
	return os.NewFile(uintptr(fds[Reads]), "pipe"), os.NewFile(uintptr(fds[Writes]), "pipe"), nil
}

// Pipe returns the two ends of a pipe, both of which this process uses. They do not
// block and are not inherited. The caller closes both.
func Pipe() (r, w *os.File, err error) { return os.Pipe() }
