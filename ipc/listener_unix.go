//go:build unix

package ipc

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A Listener waits for connections under a name in the file system. Make it with
// [Listen], end it with Close. All methods are safe for concurrent use.
// ("multiprocessing.connection.Listener")
type Listener struct {
	path    string
	own     fs.FileInfo // of path, which another listener may take
	dir     string      // made for the socket, and removed with it
	file    *os.File
	raw     syscall.RawConn
	options ConnectionOptions

	accepting chan struct{} // of capacity 1, taken by the one who waits, in Poll too
	closing   sync.Once
}

// Listen listens on a unix socket at path, which must not exist yet and which only
// this user may connect to. An empty path stands for a new one in a folder of its
// own, below the one for temporary files: [Listener.Addr] tells it. At most one
// ConnectionOptions may be given; it is that of the connections that are accepted.
//
// The error is an *fs.PathError for a path that cannot be: one that exists
// (fs.ErrExist), also when nobody listens there any more, or one too long for a
// socket, about a hundred bytes (syscall.EINVAL).
func Listen(path string, options ...ConnectionOptions) (l *Listener, err error) {
	o := connectionOptions("Listen", options)
	dir := ""
	if path == "" {
		if dir, err = os.MkdirTemp("", "ipc-"); err != nil {
			return nil, err
		}
		path = filepath.Join(dir, "listener")
	}
	fd, own, err := bind(path)
	if err != nil {
		if dir != "" {
			os.Remove(dir)
		}
		return nil, &fs.PathError{Op: "listen", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(fd), path)
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Listener{path: path, own: own, dir: dir, file: file, raw: raw, options: o, accepting: make(chan struct{}, 1)}, nil
}

// bind returns a socket that listens at path, and what is there then.
func bind(path string) (fd int, own fs.FileInfo, err error) {
	if fd, err = unixSocket(); err != nil {
		return 0, nil, err
	}
	if err = syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err == nil {
		// Until it listens nobody can connect, so nobody comes before the chmod.
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
	}
	return fd, own, err
}

func unixSocket() (fd int, err error) {
	err = fds.Open(func() (err error) {
		fd, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		return err
	}, &fd)
	return fd, err
}

// Addr returns the path that [Dial] needs.
func (l *Listener) Addr() string { return l.path }

// Accept blocks until somebody has connected and, if there is an AuthKey, has proved
// to know it. A connection whose proof fails is closed and gives an error that
// errors.Is finds [ErrAuth] in: a server goes on accepting. After Close errors.Is
// finds fs.ErrClosed in the error.
//
// One goroutine at a time waits for a connection, but several can check proofs: a
// server that strangers may connect to accepts in more than one goroutine, so that
// one who stays silent until AuthTimeout holds up nobody.
func (l *Listener) Accept(ctx context.Context) (*Connection, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	fd, err := l.accept(ctx)
	if err != nil {
		return nil, err
	}
	c, err := newConnection(os.NewFile(uintptr(fd), l.path), true, true, true, l.options)
	if err != nil {
		return nil, err
	}
	return authenticated(ctx, c, l.options, challenge, answer)
}

// accept waits for a connection.
func (l *Listener) accept(ctx context.Context) (fd int, err error) {
	var failed error
	err = l.wait(ctx, func(listening uintptr) bool {
		failed = fds.Open(func() (err error) {
			fd, _, err = syscall.Accept(int(listening))
			return err
		}, &fd)
		return failed != syscall.EAGAIN && failed != syscall.ECONNABORTED && failed != syscall.EINTR
	})
	if err != nil {
		return 0, err
	}
	return fd, os.NewSyscallError("accept", failed)
}

// wait calls try, each time that somebody may have connected, until it reports true.
// One goroutine at a time waits: the end of its ctx is a deadline for the socket.
func (l *Listener) wait(ctx context.Context, try func(fd uintptr) bool) error {
	select {
	case l.accepting <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer leave(l.accepting)
	defer fds.Interrupt(ctx, l.file.SetReadDeadline)()
	return fds.Cause(ctx, fds.RawError(l.raw.Read(try)))
}

// Poll blocks until somebody has connected who was not accepted yet, and while
// another goroutine waits in Poll or Accept.
func (l *Listener) Poll(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return l.wait(ctx, fds.InputWaits)
}

// Close ends the listener and removes its path, unless that is another listener's by
// now. Connections that were accepted go on. Closing again returns fs.ErrClosed.
func (l *Listener) Close() error {
	l.closing.Do(func() {
		// While the socket is open nothing else gets its number.
		if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.own) {
			os.Remove(l.path)
		}
		if l.dir != "" {
			os.Remove(l.dir)
		}
	})
	return l.file.Close()
}

// Dial connects to a [Listener], or to one of Python's, at path. It blocks until it
// is accepted and both sides have proved to know the AuthKey, if there is one. The
// error is [ErrAuth] if that failed, or an *fs.PathError: fs.ErrNotExist,
// syscall.ECONNREFUSED where nobody listens any more. At most one ConnectionOptions
// may be given. ("multiprocessing.connection.Client")
func Dial(ctx context.Context, path string, options ...ConnectionOptions) (*Connection, error) {
	o := connectionOptions("Dial", options)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	fd, err := unixSocket()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file, err := connect(ctx, fd, path)
	if err != nil {
		return nil, err
	}
	c, err := newConnection(file, true, true, true, o)
	if err != nil {
		return nil, err
	}
	return authenticated(ctx, c, o, answer, challenge)
}
