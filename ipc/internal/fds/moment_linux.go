package fds

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// moment is how long a goroutine waits for a descriptor in the kernel before it waits in
// the poller. The end of its ctx may come so much later.
const moment = 200 * time.Microsecond

// inMoment is how many goroutines do so: each occupies a thread, and a processor of Go's
// until another goroutine needs that.
var inMoment atomic.Int32

// waitInMoment waits until fd can be read from, or written to, and reports false if it
// certainly cannot yet. With one processor it does not wait: the goroutine that is waited
// for may need that.
func waitInMoment(fd int, write bool) bool {
	processors := runtime.GOMAXPROCS(0)
	if processors == 1 {
		return false
	}
	defer inMoment.Add(-1)
	if int(inMoment.Add(1)) >= processors {
		return false
	}
	fds := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if write {
		fds[0].Events = unix.POLLOUT
	}
	patience := unix.NsecToTimespec(int64(moment))
	n, err := unix.Ppoll(fds[:], &patience, nil)
	return n > 0 || err == syscall.EINTR
}

// writeNow writes the beginning of head and body to a descriptor that does not block.
func writeNow(fd int, head, body []byte) (n int, err error) {
	for {
		switch {
		case len(body) == 0:
			n, err = syscall.Write(fd, head)
		case len(head) == 0:
			n, err = syscall.Write(fd, body)
		default:
			n, err = unix.Writev(fd, [][]byte{head, body})
		}
		if err != syscall.EINTR {
			return max(n, 0), err
		}
	}
}
