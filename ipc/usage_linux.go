package ipc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage returns what the child has of memory now, in bytes, and has had of processor
// time until now; zeros if nobody knows.
func (c *child) usage() (memory int64, cpu time.Duration) {
	c.mu.Lock() // so that its number stays its own
	defer c.mu.Unlock()
	if c.reaped {
		return 0, 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.pid))
	if err != nil {
		return 0, 0
	}
	return parseStat(string(text))
}

// parseStat finds the resident memory and the processor time in what /proc/PID/stat
// says: see proc_pid_stat(5). The second field, a name, may hold anything.
func parseStat(text string) (memory int64, cpu time.Duration) {
	const utime, stime, rss = 14, 15, 24 // as the manual counts
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) <= rss-3 {
		return 0, 0
	}
	number := func(i int) int64 {
		n, _ := strconv.ParseInt(fields[i-3], 10, 64)
		return n
	}
	const tick = time.Second / 100 // on every architecture that Go knows
	return number(rss) * int64(os.Getpagesize()), time.Duration(number(utime)+number(stime)) * tick
}
