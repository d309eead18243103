//go:build unix && !aix

package ioloop_test

import (
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// A carrier makes connections of a loop, with their other ends.
type carrier struct {
	name    string
	backend poll.Backend
	dial    func(*testing.T, *ioloop.Loop, func(*ioloop.Conn) *ioloop.Handler, ...ioloop.ConnOptions) net.Conn
}

// carriers returns what connections can go through: TCP over each backend, a unix pair,
// and memory.
func carriers() (all []carrier) {
	for _, b := range poll.Backends() {
		all = append(all, carrier{"tcp, " + string(b), b, dialTCP})
	}
	return append(all, carrier{"unix", poll.Best, dialUnix}, carrier{"memory", poll.Best, dialMemory})
}

func dialTCP(t *testing.T, l *ioloop.Loop, open func(*ioloop.Conn) *ioloop.Handler, options ...ioloop.ConnOptions) net.Conn {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, err = l.Serve(ln, open, options...)
	require.NoError(t, err)
	c, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func dialUnix(t *testing.T, l *ioloop.Loop, open func(*ioloop.Conn) *ioloop.Handler, options ...ioloop.ConnOptions) net.Conn {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	ends := [2]net.Conn{}
	for i, fd := range p {
		unix.CloseOnExec(fd)
		f := os.NewFile(uintptr(fd), "")
		ends[i], err = net.FileConn(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	require.NoError(t, l.Post(background, func() { l.Adopt(ends[0].(syscall.Conn), open, options...) }))
	t.Cleanup(func() { ends[1].Close() })
	return ends[1]
}

func dialMemory(t *testing.T, l *ioloop.Loop, open func(*ioloop.Conn) *ioloop.Handler, options ...ioloop.ConnOptions) net.Conn {
	t.Helper()
	c := l.Pipe(open, options...)
	t.Cleanup(func() { c.Close() })
	return c
}

// over runs a test with a running loop over each carrier.
func over(t *testing.T, test func(*testing.T, *ioloop.Loop, carrier)) {
	t.Helper()
	for _, c := range carriers() {
		t.Run(c.name, func(t *testing.T) { test(t, running(t, c.backend), c) })
	}
}

// running returns a loop that runs until the end of the test.
func running(t *testing.T, backend poll.Backend, options ...ioloop.Options) *ioloop.Loop {
	t.Helper()
	poller, err := poll.New(poll.Options{Backend: backend})
	require.NoError(t, err)
	o := ioloop.Options{}
	if len(options) > 0 {
		o = options[0]
	}
	o.Poller = poller
	l, err := ioloop.New(o)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		defer close(done) // an assertion in a callback that fails ends the goroutine
		done <- l.Run(background)
	}()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			require.ErrorIs(t, err, ioloop.ErrClosed)
		}
		if !t.Failed() {
			require.ErrorIs(t, <-done, ioloop.ErrClosed)
		}
		require.Zero(t, l.Stats().Conns)
	})
	return l
}

// on calls f on the loop.
func on(t *testing.T, l *ioloop.Loop, f func()) {
	t.Helper()
	_, err := ioloop.Call(t.Context(), l, func() (struct{}, error) { f(); return struct{}{}, nil })
	require.NoError(t, err)
}
