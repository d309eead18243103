//go:build unix

package conn

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/behave"
)

// Two ends of a connection; what the first sends the second receives.
type ends struct {
	from, to *Connection
	duplex   bool
}

// connections are the ways to get a connection.
var connections = []behave.Backend[ends]{
	{Name: "Pipe", New: func(t *testing.T) ends {
		a, b, err := Pipe(Options{MaxMessage: 8 << 20})
		return ended(t, ends{a, b, true}, err)
	}},
	{Name: "OneWayPipe", New: func(t *testing.T) ends {
		r, w, err := OneWayPipe(Options{MaxMessage: 8 << 20})
		return ended(t, ends{w, r, false}, err)
	}},
	{Name: "FileConnection", New: func(t *testing.T) ends {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		defer r.Close()
		defer w.Close()
		from, err := FileConnection(w)
		require.NoError(t, err)
		to, err := FileConnection(r, Options{MaxMessage: 8 << 20})
		return ended(t, ends{from, to, false}, err)
	}},
	{Name: "Listener", New: func(t *testing.T) ends {
		o := Options{MaxMessage: 8 << 20, AuthKey: []byte("secret")}
		l, err := Listen("", o)
		require.NoError(t, err)
		defer l.Close()
		var to *Connection
		var accepting sync.WaitGroup
		accepting.Go(func() { to, _ = l.Accept(t.Context()) })
		from, err := Dial(t.Context(), l.Addr(), o)
		accepting.Wait()
		return ended(t, ends{from, to, true}, err)
	}},
}

func ended(t *testing.T, e ends, err error) ends {
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { e.from.Close(); e.to.Close() })
	return e
}

// shortly returns a ctx that ends soon, for what must not happen.
func shortly(t *testing.T) context.Context { return within(t, 50*time.Millisecond) }

// within returns a ctx that ends after d.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// starve lets this process open no descriptor until the function is called.
func starve(t *testing.T) (refill func()) {
	t.Helper()
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	none := limit
	none.Cur = 0
	require.NoError(t, syscall.Setrlimit(unix.RLIMIT_NOFILE, &none))
	return func() { require.NoError(t, syscall.Setrlimit(unix.RLIMIT_NOFILE, &limit)) }
}

func rawFd(t *testing.T, c *Connection) (n int) {
	require.NoError(t, c.raw.Control(func(fd uintptr) { n = int(fd) }))
	return n
}
