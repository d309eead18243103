//go:build unix

package fds

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Duplicate returns a duplicate of f. It changes nothing that f shares with it, such
// as whether they block. The caller closes it.
func Duplicate(f *os.File) (*os.File, error) {
	if f == nil {
		return nil, os.ErrInvalid
	}
	dup, err := duplicate(f, func(int) error { return nil })
	if err != nil {
		return nil, &os.PathError{Op: "duplicate", Path: f.Name(), Err: err}
	}
	return dup, nil
}

// DuplicateStream returns a duplicate of f that does not block, and says what it is.
// Everything that shares f's open file, f included, does not block from then on. The
// caller closes it.
func DuplicateStream(f *os.File) (dup *os.File, s Stream, err error) {
	dup, err = duplicate(f, func(fd int) error {
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err != nil {
			return err
		}
		flags, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		kind, access := st.Mode&syscall.S_IFMT, flags&syscall.O_ACCMODE
		s = Stream{
			Socket:   kind == syscall.S_IFSOCK,
			Pipe:     kind == syscall.S_IFIFO,
			Readable: access != syscall.O_WRONLY,
			Writable: access != syscall.O_RDONLY,
		}
		return syscall.SetNonblock(fd, true)
	})
	return dup, s, err
}

// duplicate returns a duplicate that prepare has seen before it became a file, which
// is when it is decided whether it is in the poller.
func duplicate(f *os.File, prepare func(fd int) error) (dup *os.File, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		var own int
		if own, failed = duplicateFD(fd); failed != nil {
			failed = os.NewSyscallError("fcntl", failed)
			return
		}
		if failed = prepare(own); failed != nil {
			syscall.Close(own)
			return
		}
		dup = os.NewFile(uintptr(own), f.Name())
	})
	if err != nil {
		return nil, RawError(err)
	}
	return dup, failed
}
