//go:build unix && !aix

package ioloop_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
)

// A journal collects what a connection's handler was called with. Its functions run on
// the loop.
type journal struct {
	conn   chan *ioloop.Conn
	data   chan string
	eof    chan struct{}
	drain  chan struct{}
	closed chan error
}

func newJournal() *journal {
	return &journal{make(chan *ioloop.Conn, 1), make(chan string, 1000), make(chan struct{}, 1), make(chan struct{}, 1000), make(chan error, 1)}
}

func (j *journal) open(c *ioloop.Conn) *ioloop.Handler {
	j.conn <- c
	return &ioloop.Handler{
		Data:  func(_ *ioloop.Conn, data []byte) (int, error) { j.data <- string(data); return len(data), nil },
		EOF:   func(*ioloop.Conn) { j.eof <- struct{}{} },
		Drain: func(*ioloop.Conn) { j.drain <- struct{}{} },
		Close: func(_ *ioloop.Conn, err error) { j.closed <- err },
	}
}

// echo answers with what comes.
func echo(*ioloop.Conn) *ioloop.Handler {
	return &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) { return c.Write(data) }}
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	_, err := io.WriteString(c, text)
	require.NoError(t, err)
}

// expect reads exactly text.
func expect(t *testing.T, c net.Conn, text string) {
	t.Helper()
	b := make([]byte, len(text))
	require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
	_, err := io.ReadFull(c, b)
	require.NoError(t, err)
	require.Equal(t, text, string(b))
}

const patience = 20 * time.Second

func TestEcho(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		c := k.dial(t, l, echo)
		for _, text := range []string{"a", "hello", string(bytes.Repeat([]byte("x"), 10_000))} {
			send(t, c, text)
			expect(t, c, text)
		}
		// The end of the stream closes an orderly connection.
		require.NoError(t, c.(interface{ CloseWrite() error }).CloseWrite())
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	})
}

// A megabyte each way at once, past all limits of buffers, arrives whole.
func TestEchoOfMuch(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		c := k.dial(t, l, echo)
		want := make([]byte, 1<<20)
		for i := range want {
			want[i] = byte(i * 7 >> 3)
		}
		go func() {
			c.Write(want)
			c.(interface{ CloseWrite() error }).CloseWrite()
		}()
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got))
	})
}

// What Data leaves comes again, with more.
func TestDataLeavesSome(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		lines := make(chan string, 10)
		c := k.dial(t, l, func(*ioloop.Conn) *ioloop.Handler {
			return &ioloop.Handler{Data: func(_ *ioloop.Conn, data []byte) (n int, _ error) {
				for {
					i := bytes.IndexByte(data[n:], '\n')
					if i < 0 {
						return n, nil
					}
					lines <- string(data[n : n+i])
					n += i + 1
				}
			}}
		})
		for _, part := range []string{"on", "e\ntw", "o\nthree\n", "\n"} {
			send(t, c, part)
			time.Sleep(time.Millisecond) // parts may arrive together: that is no error
		}
		for _, want := range []string{"one", "two", "three", ""} {
			require.Equal(t, want, <-lines)
		}
	})
}

func TestDataLeavesTooMuch(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		c := k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
			h := j.open(c)
			h.Data = func(*ioloop.Conn, []byte) (int, error) { return 0, nil }
			return h
		}, ioloop.ConnOptions{Unread: 100})
		send(t, c, string(make([]byte, 101)))
		err := <-j.closed
		var e *ioloop.TooLongError
		require.ErrorAs(t, err, &e)
		require.Equal(t, 100, e.Limit)
		_, err = c.Read(make([]byte, 1))
		require.Error(t, err)
	})
}

// Data's error aborts.
func TestDataFails(t *testing.T) {
	failure := errors.New("failure")
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		c := k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
			h := j.open(c)
			h.Data = func(c *ioloop.Conn, data []byte) (int, error) { c.Write(data); return len(data), failure }
			return h
		})
		send(t, c, "x")
		require.ErrorIs(t, <-j.closed, failure)
		b := make([]byte, 1)
		_, err := io.ReadFull(c, b)
		require.Error(t, err)
		on(t, l, func() {
			conn := <-j.conn
			_, err := conn.Write(b)
			require.ErrorIs(t, err, ioloop.ErrClosed)
			require.ErrorIs(t, conn.Close(), ioloop.ErrClosed)
			require.ErrorIs(t, conn.CloseWrite(), ioloop.ErrClosed)
			_, _, err = conn.Detach()
			require.ErrorIs(t, err, ioloop.ErrClosed)
			conn.Abort(nil)
			conn.Pause()
			conn.Resume()
			conn.Unread(b)
			require.Equal(t, -1, conn.FD())
			require.Nil(t, conn.LocalAddr())
			told := make(chan error, 1)
			conn.Handle(&ioloop.Handler{Close: func(_ *ioloop.Conn, err error) { told <- err }})
			l.Soon(func() { l.Soon(func() { require.ErrorIs(t, <-told, failure) }) })
		})
	})
}

// Nil refuses, and leaves nothing.
func TestRefuse(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		c := k.dial(t, l, func(*ioloop.Conn) *ioloop.Handler { return nil })
		_, err := c.Read(make([]byte, 1))
		require.Error(t, err)
	})
}

// An empty handler drops what comes, and closes at the end.
func TestEmptyHandler(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		c := k.dial(t, l, func(*ioloop.Conn) *ioloop.Handler { return &ioloop.Handler{} })
		send(t, c, "dropped")
		require.NoError(t, c.(interface{ CloseWrite() error }).CloseWrite())
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	})
}

// A panic ends its connection, and no other.
func TestPanicOfHandler(t *testing.T) {
	for _, k := range carriers() {
		t.Run(k.name, func(t *testing.T) {
			panicked := make(chan any, 1)
			l := running(t, k.backend, ioloop.Options{Panic: func(e *ioloop.PanicError) { panicked <- e.Value }})
			j := newJournal()
			c := k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
				h := j.open(c)
				h.Data = func(c *ioloop.Conn, data []byte) (int, error) { panic("no luck") }
				return h
			})
			other := k.dial(t, l, echo)
			send(t, c, "x")
			require.Equal(t, "no luck", <-panicked)
			err := <-j.closed
			var e *ioloop.PanicError
			require.ErrorAs(t, err, &e)
			send(t, other, "hello")
			expect(t, other, "hello")

			// More than it got.
			j = newJournal()
			c = k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
				h := j.open(c)
				h.Data = func(c *ioloop.Conn, data []byte) (int, error) { return len(data) + 1, nil }
				return h
			})
			send(t, c, "x")
			require.Equal(t, "ioloop: Data has used 2 bytes of 1", <-panicked)
			require.Error(t, <-j.closed)

			c = l.Pipe(func(c *ioloop.Conn) *ioloop.Handler { panic("open") })
			require.Equal(t, "open", <-panicked)
			_, err = c.Read(make([]byte, 1))
			require.Error(t, err)
		})
	}
}
