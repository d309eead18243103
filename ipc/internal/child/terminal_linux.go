package child

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A terminal is that of a child which is to read from it. A child has a group of its own,
// and only the group in the foreground of a terminal can read. So the child gets the
// foreground if this process has it, as a shell does with a program, and this process
// gets it back when the child has ended.
type terminal struct{ file *os.File }

// lendTerminal has sys put the child in the foreground of the terminal that stdin is. It
// returns nil if stdin is none, or this process does not have the foreground.
func lendTerminal(stdin *os.File, sys *syscall.SysProcAttr) *terminal {
	if sys.Setsid || sys.Setctty || sys.Foreground {
		return nil
	}
	file, err := fds.Duplicate(stdin)
	if err != nil {
		return nil
	}
	t := &terminal{file}
	lent := false
	_ = fds.With([]*os.File{file}, func(fd []int) error {
		group, err := unix.IoctlGetInt(fd[0], unix.TIOCGPGRP)
		lent = err == nil && group == unix.Getpgrp()
		sys.Ctty = fd[0] // it stays open until the child has ended
		return nil
	})
	if !lent {
		t.close()
		sys.Ctty = 0
		return nil
	}
	sys.Foreground = true
	return t
}

// close forgets the terminal.
func (t *terminal) close() {
	if t != nil {
		t.file.Close()
	}
}

// back takes the foreground from the group of the child, which has ended, if it still has
// it.
func (t *terminal) back(child int) {
	if t == nil {
		return
	}
	defer t.close()
	_ = fds.With([]*os.File{t.file}, func(fd []int) error {
		if group, err := unix.IoctlGetInt(fd[0], unix.TIOCGPGRP); err != nil || group != child {
			return err
		}
		// The system stops a background process that does this, unless it blocks the signal.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var stop, was unix.Sigset_t
		stop.Val[0] = 1 << (unix.SIGTTOU - 1)
		if err := unix.PthreadSigmask(unix.SIG_BLOCK, &stop, &was); err != nil {
			return err
		}
		defer func() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &was, nil) }()
		return unix.IoctlSetPointerInt(fd[0], unix.TIOCSPGRP, unix.Getpgrp())
	})
}
