package poll

import (
	"time"

	"golang.org/x/sys/unix"
)

const pollPeerClosed = unix.POLLRDHUP

// sysPoll waits for d, or forever if d is negative, to the nanosecond.
func sysPoll(list []unix.PollFd, d time.Duration) (int, error) {
	if d < 0 {
		return unix.Ppoll(list, nil, nil)
	}
	ts := unix.NsecToTimespec(int64(d))
	return unix.Ppoll(list, &ts, nil)
}
