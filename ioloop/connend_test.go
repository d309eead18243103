//go:build unix && !aix

package ioloop_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

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

// Linger is for each byte that leaves: a reader that is slow gets all, and one that has ceased
// to read is not waited for.
func TestLinger(t *testing.T) {
	const piece, direction = 1 << 10, 64 << 10 // what is read at once, and what the memory holds
	for name, test := range map[string]struct {
		size  int
		every time.Duration
		reads int // then it ceases
		lasts time.Duration
		cut   bool
	}{
		"nothing waits":      {size: direction, lasts: 0},
		"a slow reader":      {size: direction + 30*piece, every: 4 * time.Second, reads: 30, lasts: 120 * time.Second},
		"a slower one":       {size: direction + 30*piece, every: 6 * time.Second, reads: 30, lasts: 5 * time.Second, cut: true},
		"none":               {size: direction + 1, lasts: 5 * time.Second, cut: true},
		"one that ceases":    {size: direction + 30*piece, every: 4 * time.Second, reads: 3, lasts: 17 * time.Second, cut: true},
		"one at the last":    {size: direction + piece, every: 4999 * time.Millisecond, reads: 1, lasts: 4999 * time.Millisecond},
		"one a little later": {size: direction + piece, every: 5001 * time.Millisecond, reads: 1, lasts: 5 * time.Second, cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
				ended := make(chan error, 1)
				began := time.Now()
				var lasted time.Duration
				c := l.Pipe(func(c *ioloop.Conn) *ioloop.Handler {
					c.Write(make([]byte, test.size))
					c.Close()
					return &ioloop.Handler{Close: func(_ *ioloop.Conn, err error) {
						lasted = time.Since(began)
						ended <- err
					}}
				}, ioloop.ConnOptions{Idle: time.Minute})
				defer c.Close()
				go l.Run(background)
				for range test.reads {
					time.Sleep(test.every)
					if _, err := io.ReadFull(c, make([]byte, piece)); err != nil {
						require.True(t, test.cut)
						break
					}
				}
				err := <-ended
				require.Equal(t, test.lasts, lasted)
				if test.cut {
					require.ErrorIs(t, err, os.ErrDeadlineExceeded)
					return
				}
				require.NoError(t, err)
				rest, err := io.Copy(io.Discard, c)
				require.NoError(t, err)
				require.Equal(t, int64(direction), rest)
			})
		})
	}
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
		} else if !strings.HasPrefix(k.name, "unix") {
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
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
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
	})
}

// What a handler leaves when it closes, however much it is, is dropped: its answer is sent.
func TestCloseWithinData(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		j := newJournal()
		c := k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
			h := j.open(c)
			h.Data = func(c *ioloop.Conn, data []byte) (int, error) {
				if len(data) > 10 {
					c.Unread([]byte("dropped"))
					c.Write([]byte("too much"))
					require.NoError(t, c.Close())
				}
				return 0, nil
			}
			return h
		}, ioloop.ConnOptions{Unread: 10})
		send(t, c, "1234567890")
		on(t, l, func() {})
		send(t, c, "1")
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, "too much", string(got))
		require.NoError(t, <-j.closed)
	})
}
