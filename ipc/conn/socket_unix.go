//go:build unix

package conn

import (
	"context"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// listenAt returns a socket that listens at path, and what is there then.
func listenAt(path string) (f *os.File, own fs.FileInfo, err error) {
	fd, err := unixSocket()
	if err != nil {
		return nil, nil, err
	}
	if err = syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err == nil {
		// Until it listens no process can connect, so none comes before the chmod.
		if err = os.Chmod(path, 0o600); err == nil {
			own, err = os.Lstat(path)
		}
		if err == nil {
			err = syscall.Listen(fd, syscall.SOMAXCONN)
		}
		if err != nil {
			os.Remove(path)
		}
	}
	if err == syscall.EADDRINUSE {
		err = syscall.EEXIST
	}
	if err != nil {
		syscall.Close(fd)
		return nil, nil, err
	}
	return os.NewFile(uintptr(fd), path), own, nil
}

// acceptOn accepts a connection if one is there, and otherwise is not done.
func acceptOn(listening int, path string) (f *os.File, done bool, err error) {
	var fd int
	err = fds.Open(func() (err error) {
		fd, _, err = syscall.Accept(listening)
		return err
	}, &fd)
	switch err {
	case nil:
		return os.NewFile(uintptr(fd), path), true, nil
	case syscall.EAGAIN, syscall.ECONNABORTED, syscall.EINTR:
		return nil, false, nil
	}
	return nil, true, os.NewSyscallError("accept", err)
}

// dialTo returns a socket that is connected to path. It asks again when the queue of the
// listener is full: the poller cannot wait for that with a unix socket.
func dialTo(ctx context.Context, path string) (*os.File, error) {
	fd, err := unixSocket()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: path})
		switch err {
		case nil, syscall.EISCONN:
			return os.NewFile(uintptr(fd), path), nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
		default:
			syscall.Close(fd)
			return nil, &fs.PathError{Op: "dial", Path: path, Err: err}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			syscall.Close(fd)
			return nil, context.Cause(ctx)
		}
	}
}

func unixSocket() (fd int, err error) {
	err = fds.Open(func() (err error) {
		fd, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		return err
	}, &fd)
	return fd, err
}
