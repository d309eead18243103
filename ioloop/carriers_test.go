//go:build unix && !aix

package ioloop_test

import (
	"errors"
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

// onRing is no backend: it stands for a loop with a ring.
const onRing poll.Backend = "ring"

// backends returns those of the system, and the ring.
func backends() []poll.Backend { return append(poll.Backends(), onRing) }

// carriers returns what connections can go through: TCP over each backend and the ring, a
// unix pair, and memory.
func carriers() (all []carrier) {
	for _, b := range backends() {
		all = append(all, carrier{"tcp, " + string(b), b, dialTCP})
	}
	return append(all, carrier{"unix", poll.Best, dialUnix}, carrier{"unix, ring", onRing, dialUnix}, carrier{"memory", poll.Best, dialMemory})
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

// polledAndRing runs a test with a running loop without a ring, and with one.
func polledAndRing(t *testing.T, test func(*testing.T, *ioloop.Loop)) {
	t.Helper()
	t.Run("polled", func(t *testing.T) { test(t, running(t, poll.Best)) })
	t.Run("ring", func(t *testing.T) { test(t, running(t, onRing)) })
}

// poolAndRing runs a test with files on a pool and on a ring.
func poolAndRing(t *testing.T, test func(*testing.T, *ioloop.Loop)) {
	t.Helper()
	t.Run("pool", func(t *testing.T) { test(t, idle(t)) })
	t.Run("ring", func(t *testing.T) { test(t, running(t, onRing)) })
}

// running returns a loop that runs until the end of the test.
func running(t *testing.T, backend poll.Backend, options ...ioloop.Options) *ioloop.Loop {
	t.Helper()
	o := ioloop.Options{}
	if len(options) > 0 {
		o = options[0]
	}
	if o.Ring = ringOf(t, backend); o.Ring == ioloop.RingOff {
		var err error
		o.Poller, err = poll.New(poll.Options{Backend: backend})
		require.NoError(t, err)
	}
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

// ringOf returns the option for a backend. It skips the test where a ring is wanted and the
// system has none, or refuses it.
func ringOf(t *testing.T, backend poll.Backend) ioloop.Ring {
	t.Helper()
	if backend != onRing {
		return ioloop.RingOff
	}
	if os.Getenv(withoutRing) != "" {
		return ioloop.RingTry
	}
	l, err := ioloop.New(ioloop.Options{Ring: ioloop.RingMust})
	if err != nil {
		require.ErrorIs(t, err, errors.ErrUnsupported)
		t.Skipf("no ring here: %v", err)
	}
	require.NoError(t, l.Close())
	return ioloop.RingMust
}

// on calls f on the loop.
func on(t *testing.T, l *ioloop.Loop, f func()) {
	t.Helper()
	_, err := ioloop.Call(t.Context(), l, func() (struct{}, error) { f(); return struct{}{}, nil })
	require.NoError(t, err)
}
