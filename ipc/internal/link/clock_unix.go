//go:build unix && !aix && !netbsd

package link

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic returns what that clock shows, which is more than 0.
func monotonic() int64 {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return time.Now().UnixNano()
	}
	return now.Nano()
}
