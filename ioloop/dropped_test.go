//go:build unix && !aix

package ioloop_test

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// A loop that is closed before it runs leaves nothing behind of what was given to it.
func TestClosedBeforeItRuns(t *testing.T) {
	for _, b := range []poll.Backend{poll.Best, onRing} {
		t.Run("backend "+string(b), func(t *testing.T) {
			l, err := ioloop.New(ioloop.Options{Ring: ringOf(t, b)})
			require.NoError(t, err)
			ln := listen(t)
			s, err := l.Serve(ln, echo)
			require.NoError(t, err)
			far := l.Pipe(echo)
			other := listen(t)
			defer other.Close()
			l.Connect(t.Context(), "tcp", other.Addr().String(), func(*ioloop.Conn, error) *ioloop.Handler {
				t.Error("open of a loop that never ran")
				return nil
			})
			dialed, err := other.Accept()
			require.NoError(t, err)
			defer dialed.Close()
			require.NoError(t, l.Close())

			_, err = far.Read(make([]byte, 1))
			require.Error(t, err, "the pipe ends")
			_, err = dialed.Read(make([]byte, 1))
			require.ErrorIs(t, err, io.EOF, "what was dialed is closed")
			_, err = net.Dial("tcp", ln.Addr().String())
			require.Error(t, err, "the listener is closed")
			require.ErrorIs(t, s.Close(), ioloop.ErrClosed)
		})
	}
}
