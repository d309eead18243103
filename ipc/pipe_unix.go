//go:build unix

package ipc

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Pipe returns two connections that are each other's ends: what is sent on one is
// received on the other, both ways. Neither is inherited by processes that this one
// starts; hand the File of one over, or send it. The caller closes both. At most
// one ConnectionOptions may be given; AuthKey has no meaning here.
//
// ("multiprocessing.Pipe")
func Pipe(options ...ConnectionOptions) (*Connection, *Connection, error) {
	o := connectionOptions("Pipe", options)
	f, g, err := socketPair("pipe")
	if err != nil {
		return nil, nil, err
	}
	a, err := newConnection(f, true, true, true, o)
	if err != nil {
		return nil, nil, err
	}
	b, err := newConnection(g, true, true, true, o)
	if err != nil {
		return nil, nil, err
	}
	return a, b, nil
}

// socketPair returns the two ends of a socket, in the poller.
func socketPair(name string) (*os.File, *os.File, error) {
	var fds [2]int
	err := closingOnExec(func() (err error) {
		fds, err = syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		return err
	}, &fds[0], &fds[1])
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), name), os.NewFile(uintptr(fds[1]), name), nil
}

// OneWayPipe returns a connection that only receives what is sent on the other, which
// only sends. It is cheaper than a [Pipe], and cannot carry files. Everything else is
// as there. ("multiprocessing.Pipe(duplex=False)")
func OneWayPipe(options ...ConnectionOptions) (receiver, sender *Connection, err error) {
	o := connectionOptions("OneWayPipe", options)
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	if receiver, err = newConnection(r, false, true, false, o); err != nil {
		return nil, nil, err
	}
	sender, err = newConnection(w, false, false, true, o)
	return receiver, sender, err
}

// FileConnection returns a connection over f, a stream socket or an end of a pipe,
// which somebody has handed over. It duplicates the descriptor: the caller still has
// to close f, and whoever shares it finds that reads and writes do not block any
// more. At most one ConnectionOptions may be given; AuthKey has no meaning here.
func FileConnection(f *os.File, options ...ConnectionOptions) (*Connection, error) {
	o := connectionOptions("FileConnection", options)
	own, mode, access, err := duplicate(f)
	if err != nil {
		return nil, err
	}
	kind := mode & syscall.S_IFMT
	if kind != syscall.S_IFSOCK && kind != syscall.S_IFIFO {
		own.Close()
		return nil, fmt.Errorf("ipc: FileConnection: %s is neither a socket nor a pipe: %w", f.Name(), os.ErrInvalid)
	}
	return newConnection(own, kind == syscall.S_IFSOCK, access != syscall.O_WRONLY, access != syscall.O_RDONLY, o)
}

// File returns a duplicate of the connection's descriptor, to be handed to another
// process, which makes a connection of it by [FileConnection]. The caller closes it.
// It shares what was received and not yet taken with nobody: hand it over before
// anything is received here.
func (c *Connection) File() (*os.File, error) {
	f, _, _, err := duplicate(c.file)
	return f, err
}

// duplicateFile returns a duplicate of f as it is. (Nothing of what f shares with it is
// changed.)
func duplicateFile(f *os.File) (dup *os.File, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		var own int
		if own, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); failed != nil {
			failed = os.NewSyscallError("fcntl", failed)
			return
		}
		dup = os.NewFile(uintptr(own), f.Name())
	})
	if err = rawError(err); err == nil {
		err = failed
	}
	if err != nil {
		return nil, &os.PathError{Op: "duplicate", Path: f.Name(), Err: err}
	}
	return dup, nil
}

// duplicate returns a duplicate of f's descriptor in the poller, and what it is.
func duplicate(f *os.File) (dup *os.File, mode, access uint32, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, 0, 0, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		var own int
		if own, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); failed != nil {
			failed = os.NewSyscallError("fcntl", failed)
			return
		}
		var st syscall.Stat_t
		flags, _ := unix.FcntlInt(fd, unix.F_GETFL, 0)
		if failed = syscall.Fstat(own, &st); failed == nil {
			failed = syscall.SetNonblock(own, true)
		}
		mode, access = uint32(st.Mode), uint32(flags&syscall.O_ACCMODE)
		dup = os.NewFile(uintptr(own), f.Name())
	})
	if err = rawError(err); err == nil {
		err = failed
	}
	if err != nil {
		if dup != nil {
			dup.Close()
		}
		return nil, 0, 0, err
	}
	return dup, mode, access, nil
}

// closingOnExec calls open, which opens the descriptors fds, and sees to it that
// they neither block nor are inherited, also by a process that is started at the
// same moment.
func closingOnExec(open func() error, fds ...*int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := open(); err != nil {
		return err
	}
	for _, fd := range fds {
		syscall.CloseOnExec(*fd)
	}
	for _, fd := range fds {
		if err := syscall.SetNonblock(*fd, true); err != nil {
			return err
		}
	}
	return nil
}

// inputWaits reports whether a read of fd would not block.
func inputWaits(fd uintptr) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return n > 0 || err != nil && err != syscall.EINTR
}

// sendRights sends the beginning of data, at least a byte, and with it fds.
func sendRights(fd int, data []byte, fds []int) (n int, err error) {
	for {
		n, err = syscall.SendmsgN(fd, data, syscall.UnixRights(fds...), nil, 0)
		if err != syscall.EINTR {
			return max(n, 0), err
		}
	}
}

// recvRights receives some data, and adds the descriptors that come with it, of which
// there are at most room. Those for which there is none, here or in the table of this process, are closed by the
// system: lostFile stands for them, so that the message misses its own.
func recvRights(fd int, p []byte, files *arrivals, room int) (n int, err error) {
	oob := make([]byte, syscall.CmsgSpace(room*4))
	var oobn, flags int
	for {
		syscall.ForkLock.RLock() // until those that came are not inherited
		n, oobn, flags, _, err = syscall.Recvmsg(fd, p, oob, 0)
		if err != syscall.EINTR {
			break
		}
		syscall.ForkLock.RUnlock()
	}
	defer syscall.ForkLock.RUnlock()
	if err != nil {
		return max(n, 0), err
	}
	if flags&syscall.MSG_CTRUNC != 0 {
		defer func() { *files = append(*files, lostFile) }()
	}
	messages, err := syscall.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return n, err
	}
	for _, m := range messages {
		fds, err := syscall.ParseUnixRights(&m)
		if err != nil {
			continue // credentials, for example
		}
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			*files = append(*files, fd)
		}
	}
	if len(*files) > maxArrivals {
		return n, errTooManyFiles
	}
	return n, nil
}
