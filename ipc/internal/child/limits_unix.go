//go:build unix

package child

import (
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// apply sets the limits of this process, for good. One that cannot be set ends the
// process, which must not run without.
func (l Limits) apply() {
	set := func(resource int, n int64) {
		if n < 0 {
			return
		}
		var now, limit unix.Rlimit
		err := unix.Getrlimit(resource, &now)
		if err == nil {
			fill(&limit.Cur, &limit.Max, now.Max, n)
			err = unix.Setrlimit(resource, &limit)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "ipc: limit %d of resource %d cannot be set: %v\n", n, resource, err)
			os.Exit(ExitBroken)
		}
	}
	some := func(n int64) int64 { // of a limit of which 0 is none
		if n == 0 {
			return -1
		}
		return n
	}
	data, space := l.memory()
	set(syscall.RLIMIT_DATA, some(data))
	set(syscall.RLIMIT_AS, some(space))
	set(syscall.RLIMIT_NOFILE, some(int64(l.Files)))
	set(syscall.RLIMIT_FSIZE, some(l.FileSize))
	set(syscall.RLIMIT_CPU, some(int64((l.CPU+time.Second-1)/time.Second)))
	set(syscall.RLIMIT_CORE, number(l.NoCore)-1)
}

// collectWithin tells the collector to keep the heap within half of Memory. The collector
// runs beside the program, which goes on meanwhile: the other half is for garbage that is
// made in that time.
func (l Limits) collectWithin() {
	if l.Memory > 0 {
		debug.SetMemoryLimit(l.Memory / 2)
	}
}

// fill sets a limit to n, or to most if that is less: it cannot be raised. Systems
// differ in the type.
func fill[N int64 | uint64](soft, hard *N, most N, n int64) {
	*hard = min(N(n), most)
	*soft = *hard
}
