//go:build unix && !aix

package ioloop_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return ln
}

func dial(t *testing.T, s *ioloop.Server) net.Conn {
	t.Helper()
	c, err := net.Dial(s.Addr().Network(), s.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// each runs a test with a loop over each backend.
func each(t *testing.T, test func(*testing.T, *ioloop.Loop)) {
	t.Helper()
	for _, b := range backends() {
		t.Run(string(b), func(t *testing.T) { test(t, running(t, b)) })
	}
}

// Shutdown waits for the connections that are there, and refuses others.
func TestShutdown(t *testing.T) {
	each(t, func(t *testing.T, l *ioloop.Loop) {
		s, err := l.Serve(listen(t), echo)
		require.NoError(t, err)
		c := dial(t, s)
		send(t, c, "a")
		expect(t, c, "a")
		done := make(chan error)
		go func() { done <- s.Shutdown(background) }()
		for range 100 { // it is refused at last
			late, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				break
			}
			late.Close()
			time.Sleep(time.Millisecond)
		}
		send(t, c, "b")
		expect(t, c, "b")
		require.Equal(t, 1, s.Conns())
		require.NoError(t, c.Close())
		require.NoError(t, <-done)
		require.Zero(t, s.Conns())
		_, err = net.Dial("tcp", s.Addr().String())
		require.Error(t, err)
		require.ErrorIs(t, s.Close(), ioloop.ErrClosed)
		require.NoError(t, s.Shutdown(background))
	})
}

// After Close, open is not called, also not for a connection whose event has been found.
// All has the connections that are there.
func TestClosedServerOpensNothing(t *testing.T) {
	l, err := ioloop.New()
	require.NoError(t, err)
	defer l.Close()
	opened := 0
	s, err := l.Serve(listen(t), func(*ioloop.Conn) *ioloop.Handler {
		opened++
		l.Stop()
		return &ioloop.Handler{}
	})
	require.NoError(t, err)
	dial(t, s)
	require.NoError(t, l.Run(t.Context()))
	dial(t, s)
	require.NoError(t, s.Close())
	l.AfterFunc(10*time.Millisecond, l.Stop)
	require.NoError(t, l.Run(t.Context()))
	require.Equal(t, 1, opened)
	for c := range s.All() {
		c.Close()
		opened--
	}
	require.Zero(t, opened)
	for range s.All() {
		t.Error("it has ended")
	}
}

// The end of ctx aborts what is left, also what is paused.
func TestShutdownAborts(t *testing.T) {
	cause := errors.New("cause")
	each(t, func(t *testing.T, l *ioloop.Loop) {
		j := newJournal()
		s, err := l.Serve(listen(t), j.open)
		require.NoError(t, err)
		dial(t, s)
		conn := <-j.conn
		on(t, l, conn.Pause)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		require.ErrorIs(t, s.Shutdown(ctx), cause)
		require.ErrorIs(t, <-j.closed, cause)
		require.Zero(t, s.Conns())
	})
}

// Above Conns, connections wait in the kernel's queue until others end.
func TestServerBound(t *testing.T) {
	each(t, func(t *testing.T, l *ioloop.Loop) {
		s, err := l.Serve(listen(t), echo, ioloop.ConnOptions{Conns: 2})
		require.NoError(t, err)
		var first []net.Conn
		for range 2 {
			c := dial(t, s)
			send(t, c, "a")
			expect(t, c, "a")
			first = append(first, c)
		}
		third := dial(t, s)
		send(t, third, "waits")
		require.NoError(t, third.SetReadDeadline(time.Now().Add(5*time.Millisecond)))
		_, err = third.Read(make([]byte, 1))
		require.Error(t, err)
		require.Equal(t, 2, s.Conns())
		first[0].Close()
		expect(t, third, "waits")
	})
}

// When no descriptor is left, the server does not spin, and goes on when one is free.
func TestNoDescriptorLeft(t *testing.T) { each(t, noDescriptorLeft) }

func noDescriptorLeft(t *testing.T, of *ioloop.Loop) {
	poller, err := poll.New(poll.Options{Backend: of.Stats().Backend})
	require.NoError(t, err)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	l, err := ioloop.New(ioloop.Options{Poller: poller, Logger: quiet})
	require.NoError(t, err)
	done := make(chan error)
	go func() { done <- l.Run(background) }()
	defer func() { require.NoError(t, l.Close()); <-done }()
	s, err := l.Serve(listen(t), echo, ioloop.ConnOptions{Conns: -1})
	require.NoError(t, err)
	c := dial(t, s)
	send(t, c, "a")
	expect(t, c, "a")
	waiting := dial(t, s) // accepted or not
	send(t, waiting, "b")
	expect(t, waiting, "b")

	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	third, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	tight := limit
	for tight.Cur = 0; int(tight.Cur) <= third; tight.Cur++ { // whose type is not the same everywhere
	}
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &tight))
	var filled []int
	for {
		fd, err := unix.Dup(0)
		if err != nil {
			break
		}
		filled = append(filled, fd)
	}
	addr := s.Addr().(*net.TCPAddr)
	require.NoError(t, unix.Connect(third, &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte(addr.IP.To4())}))
	before := l.Stats().Turns
	time.Sleep(20 * time.Millisecond)
	require.Less(t, l.Stats().Turns, before+10, "it spins")
	for _, fd := range filled {
		unix.Close(fd)
	}
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
	_, err = unix.Write(third, []byte("c"))
	require.NoError(t, err)
	b := make([]byte, 1)
	_, err = unix.Read(third, b)
	require.NoError(t, err)
	require.Equal(t, "c", string(b))
	require.NoError(t, unix.Close(third))
}

// A unix listener's file is gone with the server.
func TestServeUnix(t *testing.T) {
	each(t, func(t *testing.T, l *ioloop.Loop) {
		path := filepath.Join(t.TempDir(), "socket")
		ln, err := net.Listen("unix", path)
		require.NoError(t, err)
		s, err := l.Serve(ln, echo)
		require.NoError(t, err)
		c := dial(t, s)
		send(t, c, "a")
		expect(t, c, "a")
		c.Close()
		require.FileExists(t, path)
		require.NoError(t, s.Shutdown(t.Context()))
		require.NoFileExists(t, path)
	})
}

type noDescriptor struct{ net.Listener }

func TestServeRefusals(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ln := listen(t)
		_, err := l.Serve(noDescriptor{ln}, echo)
		require.ErrorIs(t, err, errors.ErrUnsupported)
		_, err = ln.Accept()
		require.ErrorIs(t, err, net.ErrClosed, "it was taken over")
		require.Panics(t, func() { l.Serve(listen(t), nil) })
		for text, o := range map[string]ioloop.ConnOptions{
			"ioloop: Pipe with ConnOptions.High of -1, want at least 0":                         {High: -1},
			"ioloop: Pipe with ConnOptions.Idle of -1, want at least 0":                         {Idle: -1},
			"ioloop: Pipe with ConnOptions Low 2, High 1, Max 1048576, want them in this order": {Low: 2, High: 1},
			"ioloop: Pipe with ConnOptions Low 25, High 100, Max 10, want them in this order":   {High: 100, Max: 10},
		} {
			require.PanicsWithValue(t, text, func() { l.Pipe(echo, o) })
		}
		require.NoError(t, l.Close())
		_, err = l.Serve(listen(t), echo)
		require.ErrorIs(t, err, ioloop.ErrClosed)
		c := l.Pipe(echo)
		_, err = c.Read(make([]byte, 1))
		require.ErrorIs(t, err, net.ErrClosed)
		l.Connect(t.Context(), "tcp", "127.0.0.1:1", func(*ioloop.Conn, error) *ioloop.Handler { t.Error("called"); return nil })
	})
}

// Connect calls open with an error when there is no connection.
func TestConnect(t *testing.T) {
	each(t, func(t *testing.T, l *ioloop.Loop) {
		s, err := l.Serve(listen(t), echo)
		require.NoError(t, err)
		j := newJournal()
		l.Connect(t.Context(), "tcp", s.Addr().String(), func(c *ioloop.Conn, err error) *ioloop.Handler {
			c.Write([]byte("hello"))
			return j.open(c)
		})
		require.Equal(t, "hello", <-j.data)
		conn := <-j.conn
		on(t, l, func() { conn.Close() })
		require.NoError(t, <-j.closed)
		require.NoError(t, s.Shutdown(t.Context()))

		failed := make(chan error, 1)
		l.Connect(t.Context(), "tcp", s.Addr().String(), func(c *ioloop.Conn, err error) *ioloop.Handler {
			failed <- err
			return nil
		})
		require.ErrorIs(t, <-failed, unix.ECONNREFUSED)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("cause"))
		l.Connect(ctx, "tcp", "127.0.0.1:1", func(c *ioloop.Conn, err error) *ioloop.Handler { failed <- err; return nil })
		require.EqualError(t, <-failed, "cause")
	})
}

// Thousands of connections come at once, and none is lost.
func TestConnectStorm(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		s, err := l.Serve(listen(t), echo)
		require.NoError(t, err)
		const n = 500
		done := make(chan error, n)
		for range n {
			go func() {
				c, err := net.Dial("tcp", s.Addr().String())
				if err == nil {
					defer c.Close()
					if _, err = io.WriteString(c, "x"); err == nil {
						_, err = io.ReadFull(c, make([]byte, 1))
					}
				}
				done <- err
			}()
		}
		for range n {
			require.NoError(t, <-done)
		}
		require.NoError(t, s.Shutdown(t.Context()))
	})
}
