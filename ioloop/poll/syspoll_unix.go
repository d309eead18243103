//go:build unix && !linux && !aix

package poll

import (
	"math"
	"time"

	"golang.org/x/sys/unix"
)

const pollPeerClosed = 0 // these systems report it with POLLIN alone

// sysPoll waits for d, or forever if d is negative. It rounds d up to milliseconds, so
// that no wait ends before its time.
func sysPoll(list []unix.PollFd, d time.Duration) (int, error) {
	ms := -1
	if d >= 0 {
		ms = int(min((d+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
	}
	return unix.Poll(list, ms)
}
