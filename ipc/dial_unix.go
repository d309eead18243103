//go:build unix

package ipc

import (
	"context"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// connect connects the socket fd to path. A listener whose queue is full is asked
// again: for a unix socket there is nothing to wait for in the poller.
func connect(ctx context.Context, fd int, path string) (*os.File, error) {
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
