package child

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// unread returns how many bytes wait in a pipe. It does not block, and so leaves the
// scheduler out of it.
func unread(fd int) int {
	var n int32
	if _, _, err := unix.RawSyscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCINQ, uintptr(unsafe.Pointer(&n))); err != 0 {
		return 0
	}
	return int(n)
}
