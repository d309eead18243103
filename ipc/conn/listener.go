package conn

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A Listener waits for connections under a name in the file system. Make it with
// [Listen], end it with Close. All methods are safe for concurrent use.
//
// ("multiprocessing.connection.Listener")
type Listener struct {
	path    string
	rooted  string      // the same from the root, wherever this process has gone meanwhile
	own     fs.FileInfo // of path, which another listener may take
	dir     string      // made for the socket, and removed with it
	file    *os.File
	raw     syscall.RawConn
	options Options

	accepting chan struct{} // of capacity 1, taken by the goroutine that waits, in Poll too
	proofs    *proofs
	closing   sync.Once
}

// Listen listens on a unix socket at path, which must not exist yet and which only this
// user may connect to. An empty path means a new one in a folder of its own, below the
// folder for temporary files; [Listener.Addr] returns it. Listen does not block. At most
// one Options may be given; it is that of the connections that are accepted.
//
// The error is an *fs.PathError for a path that cannot be used. It matches fs.ErrExist
// if the path exists, also when no process listens there any more, and syscall.EINVAL if
// it is too long for a socket (about a hundred bytes) or has a NUL byte. It matches errors.ErrUnsupported
// on systems that are not Unix.
func Listen(path string, options ...Options) (l *Listener, err error) {
	o := optionsOf("Listen", options)
	dir := ""
	if path == "" {
		if dir, err = os.MkdirTemp("", "ipc-"); err != nil {
			return nil, err
		}
		if rooted, err := filepath.Abs(dir); err == nil {
			dir = rooted
		}
		path = filepath.Join(dir, "listener")
	}
	rooted, path, err := rootedPath(path)
	if err != nil {
		return nil, &fs.PathError{Op: "listen", Path: path, Err: err}
	}
	file, own, err := listenAt(path)
	if err != nil {
		if dir != "" {
			os.Remove(dir)
		}
		return nil, &fs.PathError{Op: "listen", Path: path, Err: err}
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Listener{
		path: path, rooted: rooted, own: own, dir: dir, file: file, raw: raw, options: o, accepting: make(chan struct{}, 1), proofs: newProofs(),
	}, nil
}

// rootedPath returns path from the root, and the path that a socket is given: the same,
// unless it is too long for that.
func rootedPath(path string) (rooted, short string, err error) {
	switch {
	case strings.IndexByte(path, 0) >= 0: // the system would take what stands before it
		return path, path, syscall.EINVAL
	case filepath.IsAbs(path):
		return path, path, nil
	}
	if rooted, err = filepath.Abs(path); err != nil {
		return path, path, nil // the system says what is wrong with the folder
	}
	if len(rooted) > longestPath {
		return rooted, path, nil
	}
	return rooted, rooted, nil
}

// longestPath is how long the path of a socket may be on every Unix.
const longestPath = 103

// Addr returns the path that [Dial] needs: from the root, unless that is too long for a
// socket. It does not change after Close.
func (l *Listener) Addr() string { return l.path }

// Accept blocks until another process has connected and, if there is an AuthKey, has
// proved to know it. A connection whose proof fails is closed, and the error matches
// [ErrAuth]: a server goes on accepting. When ctx ends first, the error is its cause.
// After Close it matches [ErrClosed].
//
// Proofs are checked beside Accept, of at most 64 connections at a time, each for
// AuthTimeout at most. So a peer that stays silent holds up no other one. A connection
// that proves its key after Accept has returned is for the next Accept.
func (l *Listener) Accept(ctx context.Context) (*Connection, error) {
	l.mustBeMade()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for {
		done, ok, err := l.proofs.take(ctx)
		if ok || err != nil {
			return done.c, cmp.Or(done.err, err)
		}
		c, err := l.accept(ctx)
		if err == nil && len(l.options.AuthKey) > 0 {
			l.proofs.begin(c, l.options)
			continue
		}
		<-l.proofs.slots
		if err != errProven {
			return c, err
		}
	}
}

// accept waits for a connection, or returns errProven.
func (l *Listener) accept(ctx context.Context) (*Connection, error) {
	var f *os.File
	var refused error
	err := l.wait(ctx, func(listening uintptr) (done bool) {
		f, done, refused = acceptOn(int(listening), l.path)
		return done
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	return newConnection(f, duplex, l.options)
}

// wait calls try, each time that a process may have connected, until it reports true. The
// error is errProven if there is a connection that was proven meanwhile.
// One goroutine at a time waits: the end of its ctx is a deadline for the socket.
func (l *Listener) wait(ctx context.Context, try func(fd uintptr) bool) error {
	select {
	case l.accepting <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer leave(l.accepting)
	ctx, stop := l.proofs.woken(ctx)
	defer stop()
	defer fds.Interrupt(ctx, l.file.SetReadDeadline)()
	return failed(ctx, fds.RawError(l.raw.Read(try)))
}

// Poll blocks until a process has connected that was not accepted yet, or has proved that
// it knows the AuthKey. It also waits
// while another goroutine waits in Poll or Accept. Another goroutine may still accept
// that connection. When ctx ends first, the error is its cause; after Close it matches
// [ErrClosed].
func (l *Listener) Poll(ctx context.Context) error {
	l.mustBeMade()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := l.wait(ctx, fds.InputWaits); err != errProven {
		return err
	}
	return nil
}

// Close ends the listener and removes its path, unless another listener has taken that.
// Calls that wait fail with an error matching [ErrClosed], as all later ones do.
// Connections that were accepted go on. Close may be called again; the error is always
// nil.
func (l *Listener) Close() error {
	l.mustBeMade()
	l.closing.Do(func() {
		// While the socket is open nothing else gets its number.
		if now, err := os.Lstat(l.rooted); err == nil && os.SameFile(now, l.own) {
			os.Remove(l.rooted)
		}
		if l.dir != "" {
			os.Remove(l.dir)
		}
		l.file.Close()
		l.proofs.close()
	})
	return nil
}

// mustBeMade panics for the zero value.
func (l *Listener) mustBeMade() {
	if l.file == nil {
		panic("conn: Listener not made by Listen")
	}
}

// Dial connects to a [Listener], or to one of Python's, at path. It blocks until it is
// accepted and, if there is an AuthKey, both sides have proved to know it. When ctx ends
// first, the error is its cause.
//
// Other errors match [ErrAuth], or are an *fs.PathError: fs.ErrNotExist if there is no
// such path, syscall.ECONNREFUSED where no process listens any more. On systems that are
// not Unix the error matches errors.ErrUnsupported. At most one Options may be given.
//
// ("multiprocessing.connection.Client")
func Dial(ctx context.Context, path string, options ...Options) (*Connection, error) {
	o := optionsOf("Dial", options)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	_, path, err := rootedPath(path)
	if err != nil {
		return nil, &fs.PathError{Op: "dial", Path: path, Err: err}
	}
	file, err := dialTo(ctx, path)
	if err != nil {
		return nil, err
	}
	c, err := newConnection(file, duplex, o)
	if err != nil {
		return nil, err
	}
	return authenticated(ctx, c, o, answer, challenge)
}
