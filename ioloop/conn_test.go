//go:build unix && !aix

package ioloop_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
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

// Both directions end by themselves.
func TestHalfClose(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		c := k.dial(t, l, j.open)
		conn := <-j.conn
		on(t, l, func() {
			conn.Write([]byte("last"))
			require.NoError(t, conn.CloseWrite())
			_, err := conn.Write([]byte("more"))
			require.ErrorIs(t, err, ioloop.ErrClosed)
			require.ErrorIs(t, conn.CloseWrite(), ioloop.ErrClosed)
		})
		expect(t, c, "last")
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		send(t, c, "answer")
		require.Equal(t, "answer", <-j.data)
		require.NoError(t, c.(interface{ CloseWrite() error }).CloseWrite())
		<-j.eof
		require.NoError(t, <-j.closed, "both directions have ended")

		// The other way round: it sends after the end of what comes.
		j = newJournal()
		c = k.dial(t, l, j.open)
		conn = <-j.conn
		require.NoError(t, c.(interface{ CloseWrite() error }).CloseWrite())
		<-j.eof
		on(t, l, func() { conn.Write([]byte("answer")) })
		expect(t, c, "answer")
		require.Empty(t, j.closed)
		on(t, l, func() { conn.CloseWrite() })
		require.NoError(t, <-j.closed)
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

// Close sends what waits first; Linger bounds that.
func TestCloseLingers(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		c := k.dial(t, l, j.open, ioloop.ConnOptions{Max: 64 << 20, High: 64 << 20})
		conn := <-j.conn
		much := 8 << 20
		on(t, l, func() {
			conn.Write(make([]byte, much))
			require.NoError(t, conn.Close())
			require.ErrorIs(t, conn.Close(), ioloop.ErrClosed)
		})
		got, err := io.Copy(io.Discard, c)
		require.NoError(t, err)
		require.Equal(t, int64(much), got)
		require.NoError(t, <-j.closed)

		j = newJournal()
		k.dial(t, l, j.open, ioloop.ConnOptions{Max: 64 << 20, High: 64 << 20, Linger: 5 * time.Millisecond})
		conn = <-j.conn
		on(t, l, func() {
			conn.Write(make([]byte, much))
			require.NoError(t, conn.Close())
		})
		require.ErrorIs(t, <-j.closed, os.ErrDeadlineExceeded)
	})
}

// A connection ends when it was idle for so long, and each byte, either way, begins anew.
func TestIdle(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		began := time.Now()
		ended := make(chan error, 1)
		c := l.Pipe(func(c *ioloop.Conn) *ioloop.Handler {
			l.AfterFunc(50*time.Second, func() { c.Write([]byte("x")) })
			return &ioloop.Handler{Close: func(_ *ioloop.Conn, err error) { ended <- err }}
		}, ioloop.ConnOptions{Idle: time.Minute})
		defer c.Close()
		go l.Run(background)
		time.Sleep(100 * time.Second)
		send(t, c, "x")
		require.ErrorIs(t, <-ended, os.ErrDeadlineExceeded)
		require.Equal(t, 160*time.Second, time.Since(began))
	})
}

func TestAbort(t *testing.T) {
	failure := errors.New("failure")
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		c := k.dial(t, l, j.open)
		conn := <-j.conn
		on(t, l, func() {
			conn.Write([]byte("never sent"))
			conn.Abort(failure)
			require.Empty(t, j.closed, "no callback within a callback")
		})
		require.ErrorIs(t, <-j.closed, failure)
		n, err := c.Read(make([]byte, 1))
		require.Zero(t, n)
		require.Error(t, err)
		if k.name == "memory" {
			require.ErrorContains(t, err, "reset")
		} else if k.name != "unix" {
			require.ErrorIs(t, err, syscall.ECONNRESET)
		}
	})
}

// The other end's reset is told.
func TestReset(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		c := k.dial(t, l, j.open)
		tcp, ok := c.(*net.TCPConn)
		if !ok {
			t.Skip("it has no reset")
		}
		<-j.conn
		require.NoError(t, tcp.SetLinger(0))
		require.NoError(t, tcp.Close())
		require.ErrorIs(t, <-j.closed, syscall.ECONNRESET)
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

// Close of the loop ends connections that are open, paused or lingering.
func TestLoopCloses(t *testing.T) {
	for _, k := range carriers() {
		t.Run(k.name, func(t *testing.T) {
			l := running(t, k.backend)
			var js []*journal
			for i := range 3 {
				j := newJournal()
				js = append(js, j)
				k.dial(t, l, j.open, ioloop.ConnOptions{Max: 32 << 20, High: 32 << 20})
				conn := <-j.conn
				on(t, l, func() {
					switch i {
					case 1:
						conn.Pause()
					case 2:
						conn.Write(make([]byte, 16<<20))
						conn.Close()
					}
				})
			}
			require.NoError(t, l.Close())
			for _, j := range js {
				require.ErrorIs(t, <-j.closed, ioloop.ErrClosed)
			}
		})
	}
}

// Detach gives the socket away, with what was not used.
func TestDetach(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		type detached struct {
			c      net.Conn
			unread []byte
			err    error
		}
		got := make(chan detached, 1)
		c := k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
			h := j.open(c)
			h.Data = func(c *ioloop.Conn, data []byte) (int, error) {
				l.Soon(func() {
					nc, unread, err := c.Detach()
					got <- detached{nc, unread, err}
				})
				return 1, nil
			}
			return h
		})
		send(t, c, "-rest")
		d := <-got
		if k.name == "memory" {
			require.ErrorIs(t, d.err, errors.ErrUnsupported)
			return
		}
		require.NoError(t, d.err)
		require.Equal(t, "rest", string(d.unread))
		require.NoError(t, <-j.closed)
		defer d.c.Close()
		send(t, d.c, "hello")
		expect(t, c, "hello")
		send(t, c, "world")
		expect(t, d.c, "world")
	})
}

// Close of the loop makes every last call and gives every descriptor back, whatever panics:
// a callback that ends Run, or the last calls themselves.
func TestLoopClosesInSpiteOfPanics(t *testing.T) {
	for _, inClose := range []bool{false, true} {
		l, err := ioloop.New()
		require.NoError(t, err)
		raised := make(chan any, 1)
		go func() {
			defer func() { raised <- recover() }()
			l.Run(background)
		}()
		closes := make(chan struct{}, 3)
		for range 3 {
			opened := make(chan *ioloop.Conn, 1)
			dialUnix(t, l, func(c *ioloop.Conn) *ioloop.Handler {
				opened <- c
				return &ioloop.Handler{Close: func(*ioloop.Conn, error) {
					closes <- struct{}{}
					if inClose {
						panic("last call")
					}
				}}
			})
			<-opened
		}
		if inClose {
			require.PanicsWithValue(t, "last call", func() {
				defer func() { panic(recover().(*ioloop.PanicError).Value) }()
				l.Close()
			})
			require.Nil(t, <-raised)
		} else {
			require.NoError(t, l.Post(background, func() { panic("callback") }))
			require.Equal(t, "callback", (<-raised).(*ioloop.PanicError).Value)
		}
		require.Len(t, closes, 3)
		require.Zero(t, l.Stats().Conns)
		require.ErrorIs(t, l.Close(), ioloop.ErrClosed)
	}
}

// Drain is not called within the callback that calls Detach.
func TestDetachDrains(t *testing.T) {
	l := running(t, "")
	j := newJournal()
	c := dialUnix(t, l, j.open, ioloop.ConnOptions{High: 10})
	conn := <-j.conn
	on(t, l, func() {
		conn.Write(make([]byte, 11))
		nc, _, err := conn.Detach()
		require.NoError(t, err)
		nc.Close()
		require.Empty(t, j.drain)
	})
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Len(t, got, 11)
}
