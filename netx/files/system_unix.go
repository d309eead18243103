//go:build unix

package files

import (
	"errors"
	"syscall"
)

// noBlock makes an open return at once, also that of a pipe that nothing writes to.
const noBlock = syscall.O_NONBLOCK

// isFull reports whether the disk or a quota is full.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
