package fds

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// duplicateFD duplicates a descriptor, and has no process inherit it.
func duplicateFD(fd uintptr) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	own, err := unix.FcntlInt(fd, unix.F_DUPFD, 0)
	if err == nil {
		syscall.CloseOnExec(own)
	}
	return own, err
}
