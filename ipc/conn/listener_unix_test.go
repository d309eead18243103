//go:build unix

package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// listen returns a listener that ends with the test.
func listen(t *testing.T, o Options) *Listener {
	l, err := Listen("", o)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

func TestConformanceListener(t *testing.T) {
	t.Run("_test_multiprocessing/TestListener/test_multiple_bind", func(t *testing.T) {
		l := listen(t, Options{})
		_, err := Listen(l.Addr())
		require.ErrorIs(t, err, fs.ErrExist)
		require.ErrorContains(t, err, l.Addr())
		require.NoError(t, works(t, l), "it is still there")
	})
	t.Run("_test_multiprocessing/TestListener/test_context", func(t *testing.T) {
		l := listen(t, Options{})
		require.NoError(t, works(t, l))
		path := l.Addr()
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		require.NoError(t, l.Close())
		require.NoFileExists(t, path)
		require.NoDirExists(t, filepath.Dir(path))
		require.NoError(t, l.Close(), "again")
		_, err = l.Accept(t.Context())
		require.ErrorIs(t, err, ErrClosed)
		require.ErrorIs(t, l.Poll(t.Context()), ErrClosed)
		_, err = Dial(t.Context(), path)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("_test_multiprocessing/TestListener/test_empty_authkey", func(t *testing.T) {
		// An empty key is no key, which AuthKey says.
		l := listen(t, Options{AuthKey: []byte{}})
		require.NoError(t, works(t, l, Options{AuthKey: []byte{}}))
		require.NoError(t, l.Close())
		_, err := l.Accept(t.Context())
		require.ErrorIs(t, err, ErrClosed)
	})
	t.Run("_test_multiprocessing/TestListenerClient/test_listener_client", func(t *testing.T) {
		l := listen(t, Options{})
		sent := make(chan error, 1)
		go func() {
			c, err := Dial(t.Context(), l.Addr())
			if err == nil {
				err = Send(t.Context(), c, "hello")
				c.Close()
			}
			sent <- err
		}()
		c, err := l.Accept(t.Context())
		require.NoError(t, err)
		defer c.Close()
		text, err := Recv[string](t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, "hello", text)
		require.NoError(t, <-sent)
	})
	t.Run("_test_multiprocessing/TestListenerClient/test_issue14725", func(t *testing.T) {
		// A connection that was closed before the accept is accepted with what was sent.
		l := listen(t, Options{})
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		require.NoError(t, Send(t.Context(), c, 1))
		c.Close()
		require.NoError(t, l.Poll(t.Context()))
		c, err = l.Accept(t.Context())
		require.NoError(t, err)
		defer c.Close()
		n, err := Recv[int](t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		_, err = c.RecvBytes(t.Context())
		require.Equal(t, io.EOF, err)
	})
	t.Run("_test_multiprocessing/TestListenerClient/test_issue16955", func(t *testing.T) {
		// The sender may be gone before the receiver polls.
		l := listen(t, Options{})
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		server, err := l.Accept(t.Context())
		require.NoError(t, err)
		require.NoError(t, server.SendBytes(t.Context(), []byte("hello")))
		server.Close()
		defer c.Close()
		require.NoError(t, c.Poll(t.Context()))
		text, err := c.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Equal(t, "hello", string(text))
	})
	const bogus = "something bogus"
	t.Run("_test_multiprocessing/OtherTest/test_deliver_challenge_auth_failure", func(t *testing.T) {
		l := listen(t, Options{AuthKey: []byte("abc")})
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.SendBytes(t.Context(), []byte(bogus)))
		_, err = l.Accept(t.Context())
		require.ErrorIs(t, err, ErrAuth)
	})
	t.Run("_test_multiprocessing/OtherTest/test_answer_challenge_auth_failure", func(t *testing.T) {
		challenge := challengeMark + sha256Mark + strings.Repeat("x", challengeSize)
		for _, said := range [][]string{{bogus}, {challenge, bogus}} {
			l := listen(t, Options{})
			accepted := make(chan error, 1)
			go func() { // a server that says what no listener says
				c, err := l.Accept(t.Context())
				if err == nil {
					for _, text := range said {
						err = errors.Join(err, c.SendBytes(t.Context(), []byte(text)))
					}
					_, _ = c.RecvBytes(t.Context()) // the answer, if there was a challenge
					c.Close()
				}
				accepted <- err
			}()
			_, err := Dial(t.Context(), l.Addr(), Options{AuthKey: []byte("abc")})
			require.ErrorIs(t, err, ErrAuth)
			require.ErrorContains(t, err, bogus)
			require.NoError(t, <-accepted)
		}
	})
	t.Run("two keys that differ", func(t *testing.T) { authFails(t, "right", "wrong") })
}

// works returns an error if no message comes through a connection that the listener
// accepts.
func works(t *testing.T, l *Listener, options ...Options) error {
	c, err := Dial(t.Context(), l.Addr(), options...)
	if err != nil {
		return err
	}
	defer c.Close()
	a, err := l.Accept(t.Context())
	if err != nil {
		return err
	}
	defer a.Close()
	if err := Send(t.Context(), c, 1729); err != nil {
		return err
	}
	n, err := Recv[int](t.Context(), a)
	if err == nil && n != 1729 {
		err = fmt.Errorf("%d came", n)
	}
	return err
}

// A goroutine that gives up waiting does not disturb another one that waits.
func TestListenerPollGivesUp(t *testing.T) {
	l := listen(t, Options{})
	accepted := make(chan error, 1)
	go func() {
		c, err := l.Accept(t.Context())
		if err == nil {
			err = c.Close()
		}
		accepted <- err
	}()
	for len(l.accepting) == 0 {
		runtime.Gosched()
	}
	require.Equal(t, context.DeadlineExceeded, l.Poll(shortly(t)))
	c, err := Dial(t.Context(), l.Addr())
	require.NoError(t, err)
	require.NoError(t, <-accepted)
	c.Close()
}

func TestListenPaths(t *testing.T) {
	_, err := Listen(filepath.Join(t.TempDir(), strings.Repeat("x", 200)))
	require.ErrorIs(t, err, syscall.EINVAL)
	require.ErrorAs(t, err, new(*fs.PathError))
	_, err = Listen(filepath.Join(t.TempDir(), "missing", "socket"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	dir := filepath.Dir(listen(t, Options{}).Addr())
	stale := filepath.Join(dir, "stale")
	require.NoError(t, os.WriteFile(stale, nil, 0o600))
	_, err = Dial(t.Context(), stale)
	require.ErrorAs(t, err, new(*fs.PathError))
	require.NoError(t, os.Remove(stale))
}

// A listener removes its own path, and not one that another listener has taken.
func TestListenerCloseLeavesOthers(t *testing.T) {
	path := filepath.Join(filepath.Dir(listen(t, Options{}).Addr()), "taken")
	first, err := Listen(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path)) // as a process does that finds it stale
	second, err := Listen(path)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	require.NoError(t, works(t, second), "it is the second's")
	require.NoError(t, second.Close())
	require.NoFileExists(t, path)
}

// A path is looked up when it is given.
func TestListenThenChangeDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	l, err := Listen("socket")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("socket", nil, 0o600))
	require.NoError(t, works(t, l))
	require.NoError(t, l.Close())
	require.FileExists(t, "socket", "it is another one")
	require.NoFileExists(t, l.Addr())
}

// A path that is too long from the root is used as it is given.
func TestListenInLongDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	require.NoError(t, os.Mkdir(dir, 0o700))
	t.Chdir(dir)
	l, err := Listen("socket")
	require.NoError(t, err)
	require.NoError(t, works(t, l))
	t.Chdir("/")
	require.NoError(t, l.Close())
	require.NoFileExists(t, filepath.Join(dir, "socket"))
}

// What the system would cut short is refused, and leaves nothing.
func TestListenAtNUL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	_, err := Listen(path + "\x00y")
	require.ErrorIs(t, err, syscall.EINVAL)
	require.ErrorAs(t, err, new(*fs.PathError))
	require.NoFileExists(t, path)
	_, err = Dial(t.Context(), path+"\x00y")
	require.ErrorIs(t, err, syscall.EINVAL)
}
