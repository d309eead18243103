package workers

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Busy returns the time that processors have spent on a process, 0 if there is none.
func Busy(pid int) time.Duration {
	// The clock of a process has its number in it, see clock_getcpuclockid(3).
	const scheduled = 2
	var t unix.Timespec
	if pid <= 0 || unix.ClockGettime(int32(^pid<<3|scheduled), &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// used returns the time that processors have spent on this process and on those
// children that are gone.
func used() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_CHILDREN, &u) != nil {
		return 0
	}
	return Busy(os.Getpid()) + time.Duration(u.Utime.Nano()+u.Stime.Nano())
}

// memory returns the memory of a process in bytes, and how much of that it shares
// with nobody; 0 if it is not known.
func memory(pid int) (all, own float64) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, rest, _ := strings.Cut(lines.Text(), ":")
		var kB float64
		switch fmt.Sscan(rest, &kB); name {
		case "Rss":
			all = kB * 1024
		case "Private_Clean", "Private_Dirty":
			own += kB * 1024
		}
	}
	return all, own
}
