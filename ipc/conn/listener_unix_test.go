//go:build unix

package conn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

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
		path := l.Addr()
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		require.NoError(t, l.Close())
		require.NoFileExists(t, path)
		require.NoDirExists(t, filepath.Dir(path))
		require.NoError(t, l.Close(), "again")
		_, err = l.Accept(t.Context())
		require.ErrorIs(t, err, fs.ErrClosed)
		require.ErrorIs(t, l.Poll(t.Context()), fs.ErrClosed)
		_, err = Dial(t.Context(), path)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("_test_multiprocessing/TestListener/test_empty_authkey", func(t *testing.T) {
		// An empty key is no key, which AuthKey says.
		l := listen(t, Options{AuthKey: []byte{}})
		require.NoError(t, works(t, l))
	})
	t.Run("_test_multiprocessing/TestListenerClient/test_listener_client", func(t *testing.T) {
		l := listen(t, Options{})
		var client sync.WaitGroup
		client.Go(func() {
			c, err := Dial(t.Context(), l.Addr())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if err := Send(t.Context(), c, "hello"); err != nil {
				t.Error(err)
			}
		})
		c, err := l.Accept(t.Context())
		require.NoError(t, err)
		defer c.Close()
		text, err := Recv[string](t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, "hello", text)
		client.Wait()
	})
	t.Run("_test_multiprocessing/TestListenerClient/test_issue14725", func(t *testing.T) {
		// Who came and went before the accept is accepted with what was sent.
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
	t.Run("_test_multiprocessing/OtherTest/test_deliver_challenge_auth_failure", func(t *testing.T) {
		authFails(t, "right", "wrong")
	})
	t.Run("_test_multiprocessing/OtherTest/test_answer_challenge_auth_failure", func(t *testing.T) {
		l := listen(t, Options{})
		var server sync.WaitGroup
		server.Go(func() { // says what no listener says
			c, err := l.Accept(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			_ = c.SendBytes(t.Context(), []byte("something bogus, and long enough"))
		})
		_, err := Dial(t.Context(), l.Addr(), Options{AuthKey: []byte("key")})
		require.ErrorIs(t, err, ErrAuth)
		server.Wait()
	})
}

// works reports whether somebody can be accepted.
func works(t *testing.T, l *Listener) error {
	c, err := Dial(t.Context(), l.Addr())
	if err != nil {
		return err
	}
	defer c.Close()
	a, err := l.Accept(t.Context())
	if err != nil {
		return err
	}
	return a.Close()
}

// authFails connects with two keys that differ.
func authFails(t *testing.T, server, client string) {
	l := listen(t, Options{AuthKey: []byte(server), AuthTimeout: time.Second})
	var dialing sync.WaitGroup
	var dialed error
	dialing.Go(func() {
		_, dialed = Dial(t.Context(), l.Addr(), Options{AuthKey: []byte(client), AuthTimeout: time.Second})
	})
	_, err := l.Accept(t.Context())
	require.ErrorIs(t, err, ErrAuth)
	dialing.Wait()
	require.ErrorIs(t, dialed, ErrAuth)
}

func TestAuth(t *testing.T) {
	key := Options{AuthKey: []byte("key"), AuthTimeout: 100 * time.Millisecond}
	t.Run("silence", func(t *testing.T) {
		l := listen(t, key)
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		_, err = l.Accept(t.Context())
		require.ErrorIs(t, err, ErrAuth)
		require.ErrorContains(t, err, "it took more than 100ms")
	})
	t.Run("the accept is canceled", func(t *testing.T) {
		l := listen(t, Options{AuthKey: []byte("key")})
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		_, err = l.Accept(shortly(t))
		require.Equal(t, context.DeadlineExceeded, err)
		_, err = c.RecvBytes(t.Context()) // the challenge
		require.NoError(t, err)
		_, err = c.RecvBytes(t.Context())
		require.Error(t, err, "the listener's end is closed")
	})
	t.Run("nobody comes", func(t *testing.T) {
		l := listen(t, key)
		_, err := l.Accept(shortly(t))
		require.Equal(t, context.DeadlineExceeded, err)
		require.Equal(t, context.DeadlineExceeded, l.Poll(shortly(t)))
	})
	t.Run("nobody accepts", func(t *testing.T) {
		l := listen(t, key)
		_, err := Dial(shortly(t), l.Addr(), Options{AuthKey: []byte("key")})
		require.Equal(t, context.DeadlineExceeded, err)
	})
	t.Run("a large message before the proof", func(t *testing.T) {
		l := listen(t, key)
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.SendBytes(t.Context(), make([]byte, maxProofMessage+1)))
		_, err = l.Accept(t.Context())
		require.ErrorIs(t, err, ErrAuth)
		require.ErrorAs(t, err, new(*TooLargeError))
	})
	for _, response := range []string{"", sha256Mark, md5Mark + "x", welcome, challengeMark + sha256Mark} {
		t.Run("response "+response, func(t *testing.T) {
			l := listen(t, Options{AuthKey: []byte("key"), AllowMD5: true})
			c, err := Dial(t.Context(), l.Addr())
			require.NoError(t, err)
			defer c.Close()
			require.NoError(t, c.SendBytes(t.Context(), []byte(response)))
			_, err = l.Accept(t.Context())
			require.ErrorIs(t, err, ErrAuth)
			_, err = c.RecvBytes(t.Context()) // the challenge
			require.NoError(t, err)
			verdict, err := c.RecvBytes(t.Context())
			require.NoError(t, err)
			require.Equal(t, refused, string(verdict))
		})
	}
}

// Whoever gives up waiting disturbs nobody else who waits.
func TestListenerPollGivesUp(t *testing.T) {
	l := listen(t, Options{})
	accepted := make(chan error)
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
	if _, err := Listen(filepath.Join(t.TempDir(), strings.Repeat("x", 200))); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("got %v, want an error of a path that is too long", err)
	}
	_, err := Listen(filepath.Join(t.TempDir(), "missing", "socket"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	dir := filepath.Dir(listen(t, Options{}).Addr())
	stale := filepath.Join(dir, "stale")
	require.NoError(t, os.WriteFile(stale, nil, 0o600))
	_, err = Dial(t.Context(), stale)
	require.ErrorAs(t, err, new(*fs.PathError))
	require.NoError(t, os.Remove(stale))
}

// A listener removes its own path and nobody else's.
func TestListenerCloseLeavesOthers(t *testing.T) {
	path := filepath.Join(filepath.Dir(listen(t, Options{}).Addr()), "taken")
	first, err := Listen(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path)) // as those do who find it stale
	second, err := Listen(path)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	require.NoError(t, works(t, second), "it is the second's")
	require.NoError(t, second.Close())
	require.NoFileExists(t, path)
}

// Whoever says nothing, or not enough, holds up nobody but who has accepted him, and
// that one not for long.
func TestAuthStrangers(t *testing.T) {
	key := Options{AuthKey: []byte("key"), AuthTimeout: 100 * time.Millisecond}
	half := append([]byte{0, 0, 0, 39}, sha256Mark...)
	for name, stranger := range map[string]func(t *testing.T, c *Connection){
		"says nothing":         func(*testing.T, *Connection) {},
		"half a length":        func(t *testing.T, c *Connection) { _, err := c.file.Write([]byte{0, 0}); require.NoError(t, err) },
		"half a proof":         func(t *testing.T, c *Connection) { _, err := c.file.Write(half); require.NoError(t, err) },
		"leaves at once":       func(t *testing.T, c *Connection) { c.Close() },
		"leaves half a length": func(t *testing.T, c *Connection) { c.file.Write([]byte{0, 0}); c.Close() },
		"leaves half a proof":  func(t *testing.T, c *Connection) { c.file.Write(half); c.Close() },
		"hears and leaves": func(t *testing.T, c *Connection) {
			_, err := c.RecvBytes(t.Context())
			require.NoError(t, err)
			c.Close()
		},
		"proves and leaves": func(t *testing.T, c *Connection) {
			text, err := c.RecvBytes(t.Context())
			require.NoError(t, err)
			message := bytes.TrimPrefix(text, []byte(challengeMark))
			proof := append([]byte(sha256Mark), sum(sha256.New, key.AuthKey, message)...)
			require.NoError(t, c.SendBytes(t.Context(), proof))
			c.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, key)
			c, err := Dial(t.Context(), l.Addr())
			require.NoError(t, err)
			defer c.Close()
			accepted := make(chan error, 1)
			go func() { _, err := l.Accept(t.Context()); accepted <- err }()
			stranger(t, c)
			select {
			case err = <-accepted:
			case <-time.After(10 * time.Second):
				t.Fatal("it hangs")
			}
			require.ErrorIs(t, err, ErrAuth)
		})
		if strings.HasSuffix(name, "and leaves") {
			continue // it is for the listener to speak first
		}
		t.Run("who is dialled "+name, func(t *testing.T) {
			l := listen(t, Options{})
			go func() {
				if c, err := l.Accept(t.Context()); err == nil {
					t.Cleanup(func() { c.Close() })
					stranger(t, c)
				}
			}()
			_, err := Dial(t.Context(), l.Addr(), key)
			require.ErrorIs(t, err, ErrAuth)
		})
	}
	t.Run("beside others", func(t *testing.T) {
		// Two accept; one has got a stranger who is silent for an hour, the other
		// goes on accepting those who know the key.
		l := listen(t, Options{AuthKey: key.AuthKey, AuthTimeout: time.Hour})
		silent, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		var accepting sync.WaitGroup
		for range 2 {
			accepting.Go(func() {
				for ctx.Err() == nil {
					if c, err := l.Accept(ctx); err == nil {
						c.Close()
					}
				}
			})
		}
		for range 10 {
			c, err := Dial(t.Context(), l.Addr(), key)
			require.NoError(t, err)
			c.Close()
		}
		cancel()
		accepting.Wait()
		silent.Close()
	})
}

// Pythons of every kind connect to us and let us connect to them.
func TestPython(t *testing.T) {
	pythons, _ := filepath.Glob(filepath.Join(os.Getenv("HOME"), ".pyenv/versions/3.*/bin/python3"))
	if path, err := exec.LookPath("python3"); err == nil {
		pythons = append(pythons, path)
	}
	if len(pythons) == 0 {
		t.Skip("no python3 on this machine")
	}
	o := Options{AuthKey: []byte("secret"), AllowMD5: true}
	for _, python := range pythons {
		t.Run(python, func(t *testing.T) {
			t.Run("as client", func(t *testing.T) {
				l := listen(t, o)
				wait := script(t, python, l.Addr(), `
from multiprocessing.connection import Client
import sys
with Client(sys.argv[1], family='AF_UNIX', authkey=b'secret') as c:
    while True:
        m = c.recv_bytes()
        if not m: break
        c.send_bytes(m + m)
`)
				c, err := l.Accept(t.Context())
				require.NoError(t, err)
				defer c.Close()
				echoes(t, c)
				wait()
			})
			t.Run("as listener", func(t *testing.T) {
				path := filepath.Join(filepath.Dir(listen(t, o).Addr()), "python")
				wait := script(t, python, path, `
from multiprocessing.connection import Listener
import sys
with Listener(sys.argv[1], family='AF_UNIX', authkey=b'secret') as l:
    with l.accept() as c:
        while True:
            m = c.recv_bytes()
            if not m: break
            c.send_bytes(m + m)
`)
				var c *Connection
				require.Eventually(t, func() (ok bool) {
					var err error
					c, err = Dial(t.Context(), path, o)
					return err == nil
				}, 20*time.Second, 10*time.Millisecond)
				defer c.Close()
				echoes(t, c)
				wait()
			})
		})
	}
}

// echoes sends messages to who answers each with two times its bytes.
func echoes(t *testing.T, c *Connection) {
	for _, n := range []int{1, 100, 16 << 10, 1 << 20} {
		text := strings.Repeat("x", n)
		require.NoError(t, c.SendBytes(t.Context(), []byte(text)))
		got, err := c.RecvBytes(t.Context())
		require.NoError(t, err)
		require.True(t, text+text == string(got))
	}
	require.NoError(t, c.SendBytes(t.Context(), nil))
}

// script starts a Python program and returns what waits for its success.
func script(t *testing.T, python, path, text string) (wait func()) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, python, "-c", text, path)
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	done := false
	wait = func() {
		done = true
		defer cancel()
		require.NoError(t, <-ended, stderr.String())
	}
	t.Cleanup(func() {
		if !done {
			cancel()
			<-ended
			t.Log(stderr.String())
		}
	})
	return wait
}

func TestConformanceWait(t *testing.T) {
	pipes := func(t *testing.T, n int) (from, to []*Connection, polls []func(context.Context) error) {
		for range n {
			e := connections[0].New(t)
			from, to, polls = append(from, e.from), append(to, e.to), append(polls, e.to.Poll)
		}
		return from, to, polls
	}
	t.Run("_test_multiprocessing/TestWait/test_wait", func(t *testing.T) {
		from, to, polls := pipes(t, 4)
		for i, c := range from {
			require.NoError(t, Send(t.Context(), c, i))
		}
		from[2].Close()
		left, seen := 4, map[int]bool{}
		for left > 0 {
			ready, err := Wait(t.Context(), polls...)
			require.NoError(t, err)
			require.NotEmpty(t, ready)
			for _, i := range ready {
				n, err := Recv[int](t.Context(), to[i])
				if err != nil {
					polls[i] = func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
					left--
					continue
				}
				require.Equal(t, i, n)
				seen[n] = true
				from[i].Close()
			}
		}
		require.Len(t, seen, 4)
	})
	t.Run("_test_multiprocessing/TestWait/test_wait_timeout", func(t *testing.T) {
		from, _, polls := pipes(t, 2)
		_, err := Wait(shortly(t), polls...)
		require.Equal(t, context.DeadlineExceeded, err)
		require.NoError(t, Send(t.Context(), from[1], 1))
		ready, err := Wait(t.Context(), polls...)
		require.NoError(t, err)
		require.Equal(t, []int{1}, ready)
	})
	t.Run("_test_multiprocessing/TestWait/test_wait_socket", func(t *testing.T) {
		l := listen(t, Options{})
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		ready, err := Wait(t.Context(), c.Poll, l.Poll)
		require.NoError(t, err)
		require.Equal(t, []int{1}, ready)
	})
	t.Run("_test_multiprocessing/TestWait/test_wait_integer", func(t *testing.T) {
		_, _, polls := pipes(t, 1)
		soon := func(ctx context.Context) error {
			select {
			case <-time.After(10 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		ready, err := Wait(t.Context(), polls[0], soon)
		require.NoError(t, err)
		require.Equal(t, []int{1}, ready)
	})
	t.Run("_test_multiprocessing/TestWait/test_neg_timeout", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
		defer cancel()
		from, _, polls := pipes(t, 1)
		require.NoError(t, Send(t.Context(), from[0], 1))
		_, err := Wait(ctx, polls...)
		require.Equal(t, context.DeadlineExceeded, err, "a ctx that is done takes nothing")
	})
	t.Run("nothing", func(t *testing.T) {
		ready, err := Wait(t.Context())
		require.NoError(t, err)
		require.Empty(t, ready)
		require.PanicsWithValue(t, "conn: Wait: the wait at index 0 is nil", func() { Wait(t.Context(), nil) })
	})
	t.Run("panics and Goexit arrive", func(t *testing.T) {
		_, _, polls := pipes(t, 1)
		func() {
			defer func() {
				pe, ok := recover().(*PanicError)
				require.True(t, ok)
				require.Equal(t, "at the bell", pe.Value)
			}()
			Wait(t.Context(), polls[0], func(context.Context) error { panic("at the bell") })
			t.Error("Wait returned")
		}()
		ended := make(chan bool)
		go func() {
			defer close(ended)
			Wait(t.Context(), polls[0], func(context.Context) error { runtime.Goexit(); return nil })
			ended <- true
		}()
		require.False(t, <-ended, "Wait returned")
	})
	t.Run("failures are over", func(t *testing.T) {
		failing := func(context.Context) error { return io.EOF }
		ready, err := Wait(t.Context(), failing)
		require.NoError(t, err)
		require.Equal(t, []int{0}, ready)
	})
}
