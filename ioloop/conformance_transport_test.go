//go:build unix && !aix

package ioloop_test

import (
	"bytes"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
)

// An adopted is a connection that is tried over each carrier: its journal, and the other end.
type adopted struct {
	*journal
	l    *ioloop.Loop
	conn *ioloop.Conn
	far  net.Conn
}

// on calls f on the loop.
func (a adopted) on(t *testing.T, f func(*ioloop.Conn)) {
	t.Helper()
	on(t, a.l, func() { f(a.conn) })
}

func (a adopted) write(t *testing.T, text string) {
	t.Helper()
	a.on(t, func(c *ioloop.Conn) {
		n, err := c.Write([]byte(text))
		require.NoError(t, err)
		require.Equal(t, len(text), n)
	})
}

// fill writes until bytes wait to be sent, and returns what was written.
func (a adopted) fill(t *testing.T) (written []byte) {
	t.Helper()
	for waits := 0; waits == 0; {
		chunk := bytes.Repeat([]byte("0123456789"), 100_000)
		a.on(t, func(c *ioloop.Conn) {
			_, err := c.Write(chunk)
			require.NoError(t, err)
		})
		written = append(written, chunk...)
		a.on(t, func(c *ioloop.Conn) { waits = c.Buffered() })
	}
	return written
}

// The behaviours of asyncio's transports of sockets, over each carrier. A protocol is a
// Handler, and what CPython sees in a transport's attributes is seen from both ends.
func TestConformanceTransports(t *testing.T) {
	const prefix = "test_asyncio/test_selector_events/"
	const plain, socket = prefix + "SelectorTransportTests/", prefix + "SelectorSocketTransportTests/"
	const buffered = prefix + "SelectorSocketTransportBufferedProtocolTests/"
	halfClose := func(t *testing.T, a adopted) {
		t.Helper()
		require.NoError(t, a.far.(interface{ CloseWrite() error }).CloseWrite())
	}
	ended := func(t *testing.T, a adopted) {
		t.Helper()
		_, err := a.far.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	}
	partial := func(t *testing.T, a adopted) {
		want := a.fill(t)
		want = append(want, "more"...)
		a.write(t, "more")
		got := make([]byte, len(want))
		_, err := io.ReadFull(a.far, got)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got))
		a.on(t, func(c *ioloop.Conn) { require.Zero(t, c.Buffered()) })
	}
	reset := func(t *testing.T, a adopted) {
		tcp, ok := a.far.(*net.TCPConn)
		if !ok {
			return // it has no reset
		}
		require.NoError(t, tcp.SetLinger(0))
		require.NoError(t, tcp.Close())
		require.ErrorIs(t, <-a.closed, syscall.ECONNRESET)
	}
	dataFails := func(t *testing.T, a adopted) {
		a.on(t, func(c *ioloop.Conn) {
			c.Handle(&ioloop.Handler{
				Data:  func(*ioloop.Conn, []byte) (int, error) { return 0, errSpam },
				Close: func(_ *ioloop.Conn, err error) { a.closed <- err },
			})
		})
		send(t, a.far, "data")
		require.ErrorIs(t, <-a.closed, errSpam)
	}
	eofCloses := func(t *testing.T, a adopted) {
		a.on(t, func(c *ioloop.Conn) {
			c.Handle(&ioloop.Handler{Close: func(_ *ioloop.Conn, err error) { a.closed <- err }})
		})
		halfClose(t, a)
		require.NoError(t, <-a.closed)
		ended(t, a)
	}
	eofKeepsOpen := func(t *testing.T, a adopted) {
		halfClose(t, a)
		<-a.eof
		a.write(t, "open")
		expect(t, a.far, "open")
		require.Empty(t, a.closed)
	}
	readReady := func(t *testing.T, a adopted) {
		send(t, a.far, "data")
		require.Equal(t, "data", <-a.data)
	}
	pauses := func(t *testing.T, a adopted) {
		a.on(t, func(c *ioloop.Conn) { c.Pause(); c.Pause() })
		send(t, a.far, "data")
		for range 3 {
			on(t, a.l, func() {})
		}
		require.Empty(t, a.data)
		a.on(t, func(c *ioloop.Conn) { c.Resume(); c.Resume() })
		require.Equal(t, "data", <-a.data)
	}
	for _, c := range []struct {
		name string
		test func(*testing.T, adopted)
	}{
		{plain + "test_abort", func(t *testing.T, a adopted) {
			a.on(t, func(c *ioloop.Conn) { c.Abort(nil) })
			require.NoError(t, <-a.closed)
		}},
		{plain + "test_close", func(t *testing.T, a adopted) {
			a.on(t, func(c *ioloop.Conn) {
				require.NoError(t, c.Close())
				require.ErrorIs(t, c.Close(), ioloop.ErrClosed)
			})
			require.NoError(t, <-a.closed)
			ended(t, a)
		}},
		{plain + "test_close_write_buffer", func(t *testing.T, a adopted) {
			want := a.fill(t)
			a.on(t, func(c *ioloop.Conn) { require.NoError(t, c.Close()) })
			on(t, a.l, func() {})
			require.Empty(t, a.closed)
			got, err := io.ReadAll(a.far)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got))
			require.NoError(t, <-a.closed)
		}},
		{plain + "test_force_close", func(t *testing.T, a adopted) {
			a.fill(t)
			a.on(t, func(c *ioloop.Conn) { c.Abort(nil); c.Abort(errSpam) })
			require.NoError(t, <-a.closed)
			a.on(t, func(c *ioloop.Conn) { require.Zero(t, c.Buffered()) })
		}},
		{plain + "test_connection_lost", func(t *testing.T, a adopted) {
			a.on(t, func(c *ioloop.Conn) { c.Abort(errSpam) })
			require.ErrorIs(t, <-a.closed, errSpam)
			a.on(t, func(c *ioloop.Conn) { require.Equal(t, -1, c.FD()) })
		}},
		{plain + "test__add_reader", func(t *testing.T, a adopted) {
			a.on(t, func(c *ioloop.Conn) { c.Abort(nil); c.Resume() })
			require.NoError(t, <-a.closed)
			a.far.Write([]byte("never read"))
			on(t, a.l, func() {})
			require.Empty(t, a.data)
		}},
		{socket + "test_ctor", readReady},
		{socket + "test_pause_resume_reading", pauses},
		{socket + "test_data_received_error", dataFails},
		{socket + "test_read_ready", readReady},
		{socket + "test_read_ready_eof", eofCloses},
		{socket + "test_read_ready_eof_keep_open", eofKeepsOpen},
		{socket + "test_read_ready_conn_reset", reset},
		{socket + "test_write", func(t *testing.T, a adopted) {
			a.write(t, "data")
			expect(t, a.far, "data")
		}},
		{socket + "test_write_bytearray", func(t *testing.T, a adopted) {
			data := []byte("data")
			a.on(t, func(c *ioloop.Conn) {
				c.Write(data)
				copy(data, "xxxx") // it has a copy
			})
			expect(t, a.far, "data")
		}},
		{socket + "test_write_no_data", func(t *testing.T, a adopted) {
			a.write(t, "")
			a.on(t, func(c *ioloop.Conn) { require.Zero(t, c.Buffered()) })
			a.write(t, "data")
			expect(t, a.far, "data")
		}},
		{socket + "test_write_buffer", func(t *testing.T, a adopted) {
			a.on(t, func(c *ioloop.Conn) {
				c.Write([]byte("data1"))
				c.Write([]byte("data2"))
				require.Equal(t, 10, c.Buffered())
			})
			expect(t, a.far, "data1data2")
		}},
		{socket + "test_write_partial", partial},
		{socket + "test_write_tryagain", partial},
		{socket + "test_write_closing", func(t *testing.T, a adopted) {
			a.on(t, func(c *ioloop.Conn) {
				require.NoError(t, c.Close())
				_, err := c.Write([]byte("data"))
				require.ErrorIs(t, err, ioloop.ErrClosed)
			})
			ended(t, a)
		}},
		{socket + "test_write_ready", partial},
		{socket + "test_write_ready_closing", func(t *testing.T, a adopted) {
			a.on(t, func(c *ioloop.Conn) { c.Write([]byte("data")); c.Close() })
			expect(t, a.far, "data")
			ended(t, a)
			require.NoError(t, <-a.closed)
		}},
		{socket + "test_write_ready_partial", partial},
		{socket + "test_write_ready_exception", func(t *testing.T, a adopted) {
			a.fill(t)
			require.NoError(t, a.far.Close())
			require.Error(t, <-a.closed)
		}},
		{socket + "test_write_eof", func(t *testing.T, a adopted) {
			a.on(t, func(c *ioloop.Conn) {
				require.NoError(t, c.CloseWrite())
				require.ErrorIs(t, c.CloseWrite(), ioloop.ErrClosed)
			})
			ended(t, a)
			send(t, a.far, "it reads")
			require.Equal(t, "it reads", <-a.data)
		}},
		{socket + "test_write_eof_buffer", func(t *testing.T, a adopted) {
			want := a.fill(t)
			a.on(t, func(c *ioloop.Conn) { require.NoError(t, c.CloseWrite()) })
			got, err := io.ReadAll(a.far)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got))
		}},
		{socket + "test_write_eof_after_close", func(t *testing.T, a adopted) {
			a.on(t, func(c *ioloop.Conn) {
				require.NoError(t, c.Close())
				require.ErrorIs(t, c.CloseWrite(), ioloop.ErrClosed)
			})
		}},
		{buffered + "test_proto_type_switch", func(t *testing.T, a adopted) {
			send(t, a.far, "data")
			require.Equal(t, "data", <-a.data)
			second := make(chan string, 1)
			a.on(t, func(c *ioloop.Conn) {
				c.Handle(&ioloop.Handler{Data: func(_ *ioloop.Conn, data []byte) (int, error) { second <- string(data); return len(data), nil }})
			})
			send(t, a.far, "more")
			require.Equal(t, "more", <-second)
			require.Empty(t, a.data)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
				a := adopted{newJournal(), l, nil, nil}
				a.far = k.dial(t, l, a.open, ioloop.ConnOptions{Max: 64 << 20, High: 64 << 20})
				a.conn = <-a.journal.conn
				require.NoError(t, a.far.SetReadDeadline(time.Now().Add(patience)))
				c.test(t, a)
			})
		})
	}
	t.Run(socket+"test_pause_reading_connection_made", func(t *testing.T) {
		over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
			a := adopted{newJournal(), l, nil, nil}
			a.far = k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler { c.Pause(); return a.open(c) })
			a.conn = <-a.journal.conn
			send(t, a.far, "data")
			for range 3 {
				on(t, l, func() {})
			}
			require.Empty(t, a.data)
			a.on(t, func(c *ioloop.Conn) { c.Resume() })
			require.Equal(t, "data", <-a.data)
		})
	})
	for _, fails := range []string{"test_read_eof_received_error", "test_fatal_error_custom_exception"} {
		name := socket + fails
		if fails == "test_fatal_error_custom_exception" {
			name = plain + fails
		}
		t.Run(name, func(t *testing.T) {
			for _, k := range carriers() {
				panicked := make(chan any, 1)
				l := running(t, k.backend, ioloop.Options{Panic: func(e *ioloop.PanicError) { panicked <- e.Value }})
				closed := make(chan error, 1)
				far := k.dial(t, l, func(*ioloop.Conn) *ioloop.Handler {
					return &ioloop.Handler{
						EOF:   func(*ioloop.Conn) { panic(errSpam) },
						Close: func(_ *ioloop.Conn, err error) { closed <- err },
					}
				})
				require.NoError(t, far.(interface{ CloseWrite() error }).CloseWrite())
				require.Equal(t, errSpam, <-panicked)
				require.ErrorIs(t, <-closed, errSpam)
			}
		})
	}
}
