//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Where the kernel refuses the list of lives (some sandboxes do), nobody notes the death
// of a process. The others look then whether it is there, at most so often. They do not
// see that it has become another program by exec.
const unlistedPause = 100 * time.Millisecond

// setRobustList gives the kernel the list of lives of the calling thread. Tests have it
// refused.
var setRobustList = func(head uintptr, size uintptr) syscall.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_SET_ROBUST_LIST, head, size, 0)
	return errno
}

// began is when this process began, in the units of /proc; 1 if that cannot be read.
func began(pid int) uint64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 1
	}
	// The name, in parentheses, may hold anything; 20 fields further is the time.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 {
		return 1
	}
	n, err := strconv.ParseUint(string(fields[19]), 10, 64)
	if err != nil {
		return 1
	}
	return n
}

// look notes the death of processes of which the kernel tells nothing.
func (m *Memory) look() {
	if m.h.unlisted.Load() == 0 {
		return
	}
	now := time.Since(start)
	last := m.looked.Load()
	if now-time.Duration(last) < unlistedPause || !m.looked.CompareAndSwap(last, int64(now)) {
		return
	}
	for i := range m.Used() {
		s := &m.slots[i]
		state, life, since := s.state.Load(), s.life.Load(), s.began.Load()
		if state&live == 0 || life&ownerDied != 0 || since == 0 || i == m.self.Slot {
			continue
		}
		if gone(int(s.pid.Load()), since) && s.state.Load() == state {
			s.life.CompareAndSwap(life, ownerDied|waiters)
		}
	}
}

// start is a point in time to count from.
var start = time.Now()

// gone reports whether the process with an id, which began at a time, is no more.
func gone(pid int, since uint64) bool {
	if pid <= 0 {
		return false
	}
	fd, err := unix.PidfdOpen(pid, 0)
	switch err {
	case nil:
		defer unix.Close(fd)
		ended := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if n, _ := unix.Poll(ended, 0); n > 0 {
			return true
		}
	case syscall.ESRCH:
		return true
	default: // there are no such descriptors
		if unix.Kill(pid, 0) == syscall.ESRCH {
			return true
		}
	}
	now := began(pid)
	return now != 1 && since != 1 && now != since
}
