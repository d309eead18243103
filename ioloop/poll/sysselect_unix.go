//go:build unix && !linux && !aix

package poll

import (
	"time"

	"golang.org/x/sys/unix"
)

// bigSelect says that the kernel takes bitmaps of any length.
const bigSelect = false

// sysSelect waits for d, or forever if d is negative, until one of the first n
// descriptors is ready.
func sysSelect(n int, sets [3]bitmap, d time.Duration) (int, error) {
	var fdSets [3]unix.FdSet
	for i, m := range sets {
		for fd := range n {
			if m.has(int32(fd)) {
				fdSets[i].Set(fd)
			}
		}
	}
	var limit *unix.Timeval
	if d >= 0 {
		tv := unix.NsecToTimeval(int64(d + time.Microsecond - 1))
		limit = &tv
	}
	ready, err := unix.Select(n, &fdSets[0], &fdSets[1], &fdSets[2], limit)
	if err != nil {
		return ready, err
	}
	for i, m := range sets {
		clear(m)
		for fd := range n {
			if fdSets[i].IsSet(fd) {
				m.set(int32(fd))
			}
		}
	}
	return ready, nil
}
