//go:build unix && !aix

package ioloop_test

import (
	"context"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
)

// The behaviours of asyncio's servers. Shutdown closes one and waits.
func TestConformanceServer(t *testing.T) {
	const prefix = "test_asyncio/test_server/"
	sub := func(name string, f func(*testing.T, *ioloop.Loop)) {
		t.Run(prefix+name, func(t *testing.T) { each(t, f) })
	}
	sub("TestServer2/test_wait_closed_basic", func(t *testing.T, l *ioloop.Loop) {
		s, err := l.Serve(listen(t), echo)
		require.NoError(t, err)
		c := dial(t, s)
		send(t, c, "a")
		expect(t, c, "a")
		done := make(chan error, 3)
		for range cap(done) {
			go func() { done <- s.Shutdown(background) }()
		}
		send(t, c, "b") // the connection goes on
		expect(t, c, "b")
		require.Empty(t, done)
		require.NoError(t, c.Close())
		for range cap(done) {
			require.NoError(t, <-done)
		}
		require.NoError(t, s.Shutdown(t.Context()), "at once")
	})
	sub("TestServer2/test_wait_closed_race", func(t *testing.T, l *ioloop.Loop) {
		s, err := l.Serve(listen(t), echo)
		require.NoError(t, err)
		c, err := l.Dial(t.Context(), "tcp", s.Addr().String())
		require.NoError(t, err)
		done := make(chan error, 1)
		go func() { done <- s.Shutdown(background) }()
		on(t, l, func() {
			l.Soon(func() { s.Close() })
			l.Soon(func() { c.Close() })
		})
		require.NoError(t, <-done)
	})
	sub("TestServer2/test_abort_clients", func(t *testing.T, l *ioloop.Loop) {
		j := newJournal()
		s, err := l.Serve(listen(t), j.open, ioloop.ConnOptions{Max: 64 << 20})
		require.NoError(t, err)
		c := dial(t, s) // it reads nothing
		conn := <-j.conn
		on(t, l, func() { conn.Write(make([]byte, 32<<20)) })
		on(t, l, func() { require.Positive(t, conn.Buffered()) })
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errSpam)
		require.ErrorIs(t, s.Shutdown(ctx), errSpam)
		require.ErrorIs(t, <-j.closed, errSpam)
		require.Zero(t, s.Conns())
		require.NoError(t, c.Close())
	})
	for name, c := range map[string]struct {
		keep, bound bool
		meanwhile   func(*testing.T, string)
		left        bool // whether the file is there afterwards
	}{
		"test_unix_server_addr_cleanup":      {},
		"test_unix_server_sock_cleanup":      {bound: true},
		"test_unix_server_cleanup_gone":      {meanwhile: func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) }},
		"test_unix_server_cleanup_prevented": {keep: true, left: true},
	} {
		sub("UnixServerCleanupTests/"+name, func(t *testing.T, l *ioloop.Loop) {
			path := t.TempDir() + "/socket"
			ln := listenUnix(t, path, c.bound)
			ln.SetUnlinkOnClose(!c.keep)
			s, err := l.Serve(ln, echo)
			require.NoError(t, err)
			require.FileExists(t, path)
			if c.meanwhile != nil {
				c.meanwhile(t, path)
			}
			require.NoError(t, s.Shutdown(t.Context()))
			_, err = os.Lstat(path)
			require.Equal(t, c.left, err == nil)
		})
	}
}

// listenUnix listens on a path, or at a socket that was bound to it before.
func listenUnix(t *testing.T, path string, bound bool) *net.UnixListener {
	t.Helper()
	if !bound {
		ln, err := net.Listen("unix", path)
		require.NoError(t, err)
		return ln.(*net.UnixListener)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Bind(fd, &unix.SockaddrUnix{Name: path}))
	require.NoError(t, unix.Listen(fd, 10))
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	ln, err := net.FileListener(file)
	require.NoError(t, err)
	return ln.(*net.UnixListener)
}
