//go:build unix && !aix

package ioloop_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// pipeConn makes a connection of one end of a pipe, and returns the other end.
func pipeConn(t *testing.T, l *ioloop.Loop, writes bool) (*ioloop.Conn, *journal, *os.File) {
	t.Helper()
	ours, theirs, err := os.Pipe()
	require.NoError(t, err)
	if writes {
		ours, theirs = theirs, ours
	}
	t.Cleanup(func() { theirs.Close() })
	j := newJournal()
	on(t, l, func() {
		_, err := l.Adopt(ours, j.open, ioloop.ConnOptions{Max: 64 << 20, High: 64 << 20})
		require.NoError(t, err)
	})
	return <-j.conn, j, theirs
}

// The behaviours of asyncio's transports of pipes, which are connections as others are.
func TestConformancePipes(t *testing.T) {
	const prefix = "test_asyncio/test_unix_events/"
	const read, write = prefix + "UnixReadPipeTransportTests/", prefix + "UnixWritePipeTransportTests/"
	do := func(c *ioloop.Conn, f func(*ioloop.Conn)) func() { return func() { f(c) } }
	readReady := func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, far *os.File) {
		_, err := far.WriteString("data")
		require.NoError(t, err)
		require.Equal(t, "data", <-j.data)
	}
	paused := func(times int) func(*testing.T, *ioloop.Loop, *ioloop.Conn, *journal, *os.File) {
		return func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, far *os.File) {
			for range times {
				on(t, l, c.Pause)
			}
			_, err := far.WriteString("data")
			require.NoError(t, err)
			for range 3 {
				on(t, l, func() {})
			}
			require.Empty(t, j.data)
			for range times {
				on(t, l, c.Resume)
			}
			require.Equal(t, "data", <-j.data)
		}
	}
	closes := func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, _ *os.File) {
		on(t, l, do(c, func(c *ioloop.Conn) {
			require.NoError(t, c.Close())
			require.ErrorIs(t, c.Close(), ioloop.ErrClosed)
		}))
		require.NoError(t, <-j.closed)
	}
	fails := func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, _ *os.File) {
		on(t, l, do(c, func(c *ioloop.Conn) { c.Abort(errSpam) }))
		require.ErrorIs(t, <-j.closed, errSpam)
		on(t, l, do(c, func(c *ioloop.Conn) { require.Equal(t, -1, c.FD()) }))
	}
	closed := func(f func(*ioloop.Conn)) func(*testing.T, *ioloop.Loop, *ioloop.Conn, *journal, *os.File) {
		return func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, far *os.File) {
			closes(t, l, c, j, far)
			on(t, l, do(c, f))
		}
	}
	// much fills the pipe, so that bytes wait, and closes the connection if told.
	much := func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, far *os.File, end bool) {
		want := bytes.Repeat([]byte("data"), 1<<18)
		on(t, l, do(c, func(c *ioloop.Conn) { c.Write(want) }))
		on(t, l, do(c, func(c *ioloop.Conn) {
			require.Positive(t, c.Buffered())
			c.Write([]byte("more"))
			if end {
				c.Close()
			}
		}))
		require.Empty(t, j.closed)
		got := make([]byte, len(want)+4)
		_, err := io.ReadFull(far, got)
		require.NoError(t, err)
		require.True(t, bytes.Equal(append(want, "more"...), got))
		if end {
			require.NoError(t, <-j.closed)
			_, err = far.Read(got)
			require.ErrorIs(t, err, io.EOF)
		}
	}
	whole := func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, far *os.File) {
		much(t, l, c, j, far, false)
	}
	lingers := func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, far *os.File) {
		much(t, l, c, j, far, true)
	}
	peerGone := func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, far *os.File) {
		on(t, l, do(c, func(c *ioloop.Conn) { c.Write(make([]byte, 1<<20)) }))
		require.NoError(t, far.Close())
		require.ErrorIs(t, <-j.closed, unix.EPIPE)
		on(t, l, do(c, func(c *ioloop.Conn) {
			_, err := c.Write([]byte("data"))
			require.ErrorIs(t, err, ioloop.ErrClosed)
		}))
	}
	for _, c := range []struct {
		name string
		test func(*testing.T, *ioloop.Loop, *ioloop.Conn, *journal, *os.File)
	}{
		{read + "test_ctor", readReady},
		{read + "test__read_ready", readReady},
		{read + "test__read_ready_eof", func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, j *journal, far *os.File) {
			on(t, l, do(c, func(c *ioloop.Conn) {
				c.Handle(&ioloop.Handler{Close: func(_ *ioloop.Conn, err error) { j.closed <- err }})
			}))
			require.NoError(t, far.Close())
			require.NoError(t, <-j.closed)
		}},
		{read + "test_pause_reading", paused(1)},
		{read + "test_resume_reading", paused(1)},
		{read + "test_pause_reading_on_paused_pipe", paused(2)},
		{read + "test_resume_reading_on_paused_pipe", paused(2)},
		{read + "test_close", closes},
		{read + "test_close_already_closing", closes},
		{read + "test__close", fails},
		{read + "test__call_connection_lost", closes},
		{read + "test__call_connection_lost_with_err", fails},
		{read + "test_pause_reading_on_closed_pipe", closed((*ioloop.Conn).Pause)},
		{read + "test_resume_reading_on_closed_pipe", closed((*ioloop.Conn).Resume)},
		{write + "test_write", func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, _ *journal, far *os.File) {
			on(t, l, do(c, func(c *ioloop.Conn) { c.Write([]byte("data")) }))
			b := make([]byte, 4)
			_, err := io.ReadFull(far, b)
			require.NoError(t, err)
			require.Equal(t, "data", string(b))
		}},
		{write + "test_write_no_data", func(t *testing.T, l *ioloop.Loop, c *ioloop.Conn, _ *journal, _ *os.File) {
			on(t, l, do(c, func(c *ioloop.Conn) {
				_, err := c.Write(nil)
				require.NoError(t, err)
				require.Zero(t, c.Buffered())
			}))
		}},
		{write + "test_write_partial", whole},
		{write + "test_write_buffer", whole},
		{write + "test__write_ready", whole},
		{write + "test__write_ready_partial", whole},
		{write + "test_write_err", peerGone},
		{write + "test__write_ready_err", peerGone},
		{write + "test__write_ready_closing", lingers},
		{write + "test_abort", fails},
		{write + "test__call_connection_lost", closes},
		{write + "test__call_connection_lost_with_err", fails},
		{write + "test_close", closes},
		{write + "test_close_closing", closes},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, l *ioloop.Loop) {
				conn, j, far := pipeConn(t, l, c.name[:len(write)] == write)
				c.test(t, l, conn, j, far)
			})
		})
	}
}

// The behaviours of asyncio's servers and connections of unix sockets, and of watches of
// what a connection has.
func TestConformanceUnixSockets(t *testing.T) {
	const prefix = "test_asyncio/test_unix_events/"
	const class = prefix + "SelectorEventLoopUnixSocketTests/"
	sub := func(name string, f func(*testing.T, *ioloop.Loop)) {
		t.Run(name, func(t *testing.T) { each(t, f) })
	}
	sub(class+"test_create_unix_server_path_stream_bittype", func(t *testing.T, l *ioloop.Loop) {
		s, err := l.Serve(listenUnix(t, t.TempDir()+"/socket", true), echo)
		require.NoError(t, err)
		require.NoError(t, s.Shutdown(t.Context()))
	})
	sub(class+"test_create_unix_connection_pathlike", func(t *testing.T, l *ioloop.Loop) {
		_, err := l.Dial(t.Context(), "unix", t.TempDir()+"/nothing")
		require.ErrorIs(t, err, os.ErrNotExist)
	})
	sub(prefix+"TestFunctional/test_add_reader_or_writer_transport_fd", func(t *testing.T, l *ioloop.Loop) {
		j := newJournal()
		dialUnix(t, l, j.open)
		conn := <-j.conn
		on(t, l, func() {
			_, err := l.Watch(conn.FD(), poll.Readable, func(poll.Events) {})
			require.ErrorIs(t, err, os.ErrExist)
		})
	})
	sub(prefix+"TestFunctional/test_add_reader_invalid_argument", func(t *testing.T, l *ioloop.Loop) {
		on(t, l, func() {
			_, err := l.Watch(-1, poll.Readable, func(poll.Events) {})
			require.ErrorIs(t, err, unix.EBADF)
		})
	})
}
