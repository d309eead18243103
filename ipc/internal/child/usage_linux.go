package child

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage returns what memory the child has now, in bytes, and has had of processor
// time until now; zeros if that is not known.
func (c *Child) Usage() (memory int64, cpu time.Duration) {
	var text []byte
	err := c.Held(func(pid int) (err error) {
		text, err = os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err
	})
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
