//go:build unix && !aix

package ioloop_test

import (
	"bytes"
	"io"
	"os"
	"testing"
	"time"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Writes of a callback wait until it returns; above Max nothing is taken; Drain follows.
func TestBackPressure(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		const high, low, most = 32 << 10, 8 << 10, 256 << 10
		j := newJournal()
		c := k.dial(t, l, j.open, ioloop.ConnOptions{High: high, Low: low, Max: most})
		conn := <-j.conn
		chunk := make([]byte, 1<<10)
		accepted := 0
		on(t, l, func() {
			for !conn.Full() || conn.Buffered() < most {
				n, err := conn.Write(chunk)
				accepted += n
				if err != nil {
					require.ErrorIs(t, err, ioloop.ErrFull)
					require.Zero(t, n)
					break
				}
			}
			require.True(t, conn.Full())
			require.LessOrEqual(t, conn.Buffered(), most)
			_, err := conn.Write(make([]byte, most+1))
			require.ErrorIs(t, err, ioloop.ErrFull, "more than ever fits")
		})
		require.Empty(t, j.drain)
		send(t, c, "not read while it is full")
		for read, b := 0, make([]byte, 1<<16); read < accepted; {
			n, err := c.Read(b)
			require.NoError(t, err)
			read += n
		}
		<-j.drain
		require.Equal(t, "not read while it is full", <-j.data)
		on(t, l, func() {
			require.False(t, conn.Full())
			require.Zero(t, conn.Buffered())
		})
		require.Empty(t, j.drain)
	})
}

func TestPauseAndResume(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		keep := 0
		c := k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
			h := j.open(c)
			h.Data = func(c *ioloop.Conn, data []byte) (int, error) {
				j.data <- string(data)
				if keep > 0 { // not now
					keep--
					c.Pause()
					return 0, nil
				}
				return len(data), nil
			}
			return h
		})
		conn := <-j.conn
		on(t, l, func() { conn.Pause(); conn.Pause() })
		send(t, c, "one")
		for range 3 {
			on(t, l, func() {})
		}
		require.Empty(t, j.data)
		on(t, l, func() { keep = 1; conn.Resume() })
		require.Equal(t, "one", <-j.data)
		on(t, l, func() { conn.Resume() })
		require.Equal(t, "one", <-j.data, "again, without more")
		on(t, l, func() { conn.Unread([]byte("zero ")); conn.Unread([]byte("minus one ")) })
		require.Equal(t, "minus one zero ", <-j.data)
		send(t, c, "two")
		require.Equal(t, "two", <-j.data)
		// A paused connection whose other end is gone does not keep the loop busy.
		on(t, l, conn.Pause)
		c.Close()
		on(t, l, func() {})
		time.Sleep(time.Millisecond)
		before := l.Stats().Events
		for range 5 {
			on(t, l, func() {})
		}
		require.LessOrEqual(t, l.Stats().Events, before+1)
		on(t, l, conn.Resume)
		<-j.eof
	})
}

func TestHandlerChanges(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		c := k.dial(t, l, func(*ioloop.Conn) *ioloop.Handler {
			return &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) {
				c.Handle(j.open(c))
				return 1, nil // the rest is the new one's
			}}
		})
		send(t, c, "-rest")
		require.Equal(t, "rest", <-j.data)
		send(t, c, "more")
		require.Equal(t, "more", <-j.data)
	})
}

// What a callback puts in front comes first, then what it has left.
func TestUnreadWithinData(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		seen := make(chan string, 10)
		first := true
		c := k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
			return &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) {
				seen <- string(data)
				if first {
					first = false
					c.Unread([]byte("<"))
					return 1, nil
				}
				return len(data), nil
			}}
		})
		send(t, c, "-rest")
		require.Equal(t, "-rest", <-seen)
		require.Equal(t, "<rest", <-seen)
	})
}

// A handler that takes one line at a time, with a pause after each, slows a fast client
// down, and no more is kept for it than one read.
func TestPacedHandler(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		ended := make(chan error, 1)
		lines := 0
		c := k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
			return &ioloop.Handler{
				Data: func(c *ioloop.Conn, data []byte) (int, error) {
					line, _, whole := bytes.Cut(data, []byte("\n"))
					if !whole {
						return 0, nil
					}
					if lines++; lines == 20_000 {
						return len(data), io.EOF
					}
					c.Pause()
					l.Soon(c.Resume)
					return len(line) + 1, nil
				},
				Close: func(_ *ioloop.Conn, err error) { ended <- err },
			}
		})
		go func() {
			for {
				if _, err := c.Write(bytes.Repeat([]byte("a line of text.\n"), 1000)); err != nil {
					return
				}
			}
		}()
		require.ErrorIs(t, <-ended, io.EOF)
		c.Close()
	})
}

// What is written before the loop runs leaves in its first turn.
func TestWriteBeforeRun(t *testing.T) {
	l, err := ioloop.New()
	require.NoError(t, err)
	defer l.Close()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	own := os.NewFile(uintptr(p[1]), "")
	defer own.Close()
	c, err := l.Adopt(os.NewFile(uintptr(p[0]), ""), func(*ioloop.Conn) *ioloop.Handler { return &ioloop.Handler{} })
	require.NoError(t, err)
	_, err = c.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	done := make(chan error, 1)
	go func() { done <- l.Run(t.Context()) }()
	got, err := io.ReadAll(own)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
	l.Stop()
	require.NoError(t, <-done)
}
