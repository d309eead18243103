package child

import (
	"os"

	"golang.org/x/sys/unix"
)

// tieLife has the kernel kill this process and its whole group when the life
// pipe ends, which is when the pool's process does: whatever state they are in.
// The signal that announces asynchronous input is SIGKILL here.
func tieLife() {
	_, _ = unix.FcntlInt(fdLife, unix.F_SETOWN, -os.Getpid())
	_, _ = unix.FcntlInt(fdLife, unix.F_SETSIG, int(unix.SIGKILL))
	flags, _ := unix.FcntlInt(fdLife, unix.F_GETFL, 0)
	_, _ = unix.FcntlInt(fdLife, unix.F_SETFL, flags|unix.O_ASYNC)
	// The kernel tells of what happens from now on. The pipe may have ended before.
	ended := []unix.PollFd{{Fd: fdLife}}
	if n, _ := unix.Poll(ended, 0); n > 0 && ended[0].Revents&unix.POLLHUP != 0 {
		_ = unix.Kill(-os.Getpid(), unix.SIGKILL)
	}
}
