//go:build unix

package fds

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// InputWaits reports whether a read of fd would not block: there is something to
// read, or its end, or an error. It does not block. A method of syscall.RawConn takes
// it as its function, and then waits for input without reading it.
func InputWaits(fd uintptr) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return n > 0 || err != nil && err != syscall.EINTR
}

// outputWaits reports whether a write to fd would not block.
func outputWaits(fd uintptr) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds, 0)
	return n > 0 || err != nil && err != syscall.EINTR
}

// readNow reads from a descriptor that does not block.
func readNow(fd int, p []byte) (n int, err error) {
	for {
		if n, err = syscall.Read(fd, p); err != syscall.EINTR {
			return max(n, 0), err
		}
	}
}
