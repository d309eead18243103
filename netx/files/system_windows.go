package files

import (
	"errors"
	"syscall"
)

// noBlock is for systems that have pipes among their files.
const noBlock = 0

// isFull reports whether the disk is full.
func isFull(err error) bool {
	errno, ok := errors.AsType[syscall.Errno](err)
	return ok && (errno == 112 || errno == 39) // ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
}
