package child

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Spawner starts processes that the kernel kills when this process dies, even
// of a kill -9 while they are stopped. The kernel ties that to the thread that
// started them, so all are started by one thread, which a goroutine of the
// spawner keeps. Start may be called by several goroutines, Stop by one at a time.
type Spawner struct {
	requests chan func()
	stopped  bool
}

// NewSpawner returns a spawner. The caller stops it.
func NewSpawner() *Spawner {
	s := &Spawner{requests: make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for f := range s.requests {
			f()
		}
	}()
	return s
}

// spawn starts the program at path, or this one again if that is empty.
func (s *Spawner) spawn(path string, args []string, attr *os.ProcAttr) (process *os.Process, err error) {
	if path == "" {
		if path, err = executable(); err != nil {
			return nil, err
		}
	}
	attr.Sys.Pdeathsig = syscall.SIGKILL
	done := make(chan struct{})
	s.requests <- func() {
		process, err = os.StartProcess(path, args, attr)
		close(done)
	}
	<-done
	return process, err
}

// Stop ends the spawner. It is called after the last child has ended, since the end of
// the spawner's thread kills what that has started. Stopping again does nothing.
func (s *Spawner) Stop() {
	if !s.stopped {
		s.stopped = true
		close(s.requests)
	}
}

// executable returns a name for this very program that holds even after its
// file was moved, replaced or deleted.
func executable() (string, error) { return executableOf("/proc/self/exe", os.Executable) }

// executableOf returns self if it is there, and otherwise what the program was started as.
func executableOf(self string, started func() (string, error)) (string, error) {
	if _, err := os.Stat(self); err == nil {
		return self, nil
	}
	path, err := started()
	if err != nil {
		return "", fmt.Errorf("the program's own file is not known: %w; is /proc mounted?", err)
	}
	return path, nil
}

// wait waits for the process to end, takes down what it started, and reaps it.
// While it is dead but not reaped no other process can get its number, so the signal
// reaches its own group only.
//
// In a program that ignores SIGCHLD the kernel reaps, it is not known how the process
// ended, and its number may be another's at once. What holds the other end of the life
// pipe is then taken down by the kernel, which knows the group by more than its number.
func (c *Child) wait() *os.ProcessState {
	err := unix.EINTR
	for err == unix.EINTR {
		err, _ = unix.Waitid(unix.P_PID, c.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil).(unix.Errno)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reaped = true
	if err == unix.ECHILD {
		c.ignored = ignoresChildren()
		c.life.Close()
		_ = c.process.Release()
		return nil
	}
	_ = syscall.Kill(-c.Pid, syscall.SIGKILL)
	state, _ := c.process.Wait()
	return state
}

// adopts reports whether this process becomes the parent of what its children leave
// behind.
func adopts() bool {
	var subreaper int32
	_ = unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&subreaper)), 0, 0, 0)
	return os.Getpid() == 1 || subreaper != 0
}

// ignoresChildren reports whether this program ignores SIGCHLD, whoever in it has said so.
func ignoresChildren() bool {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "\nSigIgn:")
	mask, _, _ := strings.Cut(rest, "\n")
	set, _ := strconv.ParseUint(strings.TrimSpace(mask), 16, 64)
	return signal.Ignored(syscall.SIGCHLD) || set>>(syscall.SIGCHLD-1)&1 == 1
}
