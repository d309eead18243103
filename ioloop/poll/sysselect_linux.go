package poll

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bigSelect says that the kernel takes bitmaps of any length.
const bigSelect = true

// sysSelect waits for d, or forever if d is negative, until one of the first n
// descriptors is ready. The kernel's fd_set consists of longs, as a bitmap does.
func sysSelect(n int, sets [3]bitmap, d time.Duration) (int, error) {
	var limit *unix.Timespec
	if d >= 0 {
		ts := unix.NsecToTimespec(int64(d))
		limit = &ts
	}
	ready, _, errno := unix.Syscall6(unix.SYS_PSELECT6, uintptr(n),
		uintptr(unsafe.Pointer(&sets[0][0])), uintptr(unsafe.Pointer(&sets[1][0])), uintptr(unsafe.Pointer(&sets[2][0])),
		uintptr(unsafe.Pointer(limit)), 0)
	if errno != 0 {
		return 0, errno
	}
	return int(ready), nil
}
