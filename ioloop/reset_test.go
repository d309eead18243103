//go:build unix && !aix

package ioloop_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
)

// A reset of the other end ends a connection in whatever state it is, once and with an error:
// at once if it waits for bytes or for room, and otherwise with its next call.
func TestResetInEveryState(t *testing.T) {
	much := make([]byte, 16<<20)
	nothing := func(*ioloop.Conn) {}
	write := func(c *ioloop.Conn) { c.Write([]byte("x")) }
	for name, state := range map[string]struct {
		enter  func(*ioloop.Conn)
		client func(*testing.T, *net.TCPConn, *journal) // before the reset
		after  func(*ioloop.Conn)
	}{
		"waits for bytes":           {enter: nothing},
		"has read some":             {enter: nothing, client: func(t *testing.T, c *net.TCPConn, j *journal) { send(t, c, "left"); <-j.data }},
		"paused, then resumed":      {enter: (*ioloop.Conn).Pause, after: (*ioloop.Conn).Resume},
		"paused, then writes":       {enter: (*ioloop.Conn).Pause, after: write},
		"full":                      {enter: func(c *ioloop.Conn) { c.Write(much) }},
		"full, and paused":          {enter: func(c *ioloop.Conn) { c.Write(much); c.Pause() }},
		"full, and half closed":     {enter: func(c *ioloop.Conn) { c.Write(much); c.CloseWrite() }},
		"closing":                   {enter: func(c *ioloop.Conn) { c.Write(much); c.Close() }},
		"half closed":               {enter: func(c *ioloop.Conn) { c.CloseWrite() }},
		"half closed by the other":  {enter: nothing, client: halfClose, after: write},
		"half closed, and is full":  {enter: func(c *ioloop.Conn) { c.Write(much) }, client: halfClose},
		"resumed and paused again":  {enter: func(c *ioloop.Conn) { c.Pause(); c.Resume(); c.Pause() }, after: (*ioloop.Conn).Resume},
		"paused with bytes to come": {enter: (*ioloop.Conn).Pause, client: func(t *testing.T, c *net.TCPConn, _ *journal) { send(t, c, "x") }, after: (*ioloop.Conn).Resume},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, l *ioloop.Loop) {
				j := newJournal()
				ends := 0
				c := dialTCP(t, l, func(c *ioloop.Conn) *ioloop.Handler {
					h := j.open(c)
					h.Close = func(_ *ioloop.Conn, err error) { ends++; j.closed <- err }
					return h
				}, ioloop.ConnOptions{High: 32 << 20, Max: 32 << 20, Duplex: true}).(*net.TCPConn)
				conn := <-j.conn
				on(t, l, func() { state.enter(conn) })
				if state.client != nil {
					state.client(t, c, j)
				}
				require.NoError(t, c.SetLinger(0))
				require.NoError(t, c.Close())
				if state.after != nil {
					on(t, l, func() {})
					on(t, l, func() { state.after(conn) })
				}
				err := <-j.closed
				require.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE), "%v", err)
				turns := l.Stats().Turns
				for range 5 {
					on(t, l, func() {})
				}
				require.LessOrEqual(t, l.Stats().Turns, turns+20, "it spins")
				on(t, l, func() { require.Equal(t, 1, ends) })
			})
		})
	}
}

func halfClose(t *testing.T, c *net.TCPConn, j *journal) {
	t.Helper()
	require.NoError(t, c.CloseWrite())
	<-j.eof
}
