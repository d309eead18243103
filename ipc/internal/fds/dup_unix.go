//go:build unix && !aix

package fds

import "golang.org/x/sys/unix"

// duplicateFD duplicates a descriptor, and has no process inherit it.
func duplicateFD(fd uintptr) (int, error) { return unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }
