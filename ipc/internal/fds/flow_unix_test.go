//go:build unix

package fds

import (
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A flow says that it can do nothing now, does what it can, and tells the end.
func TestFlow(t *testing.T) {
	for name, socket := range map[string]bool{"pipe": false, "socket": true} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			if socket {
				r.Close()
				w.Close()
				r, w = newSocketPair(t)
			}
			defer r.Close()
			defer w.Close()
			in, out := NewFlow(rawOf(t, r), Stream{Socket: socket}), NewFlow(rawOf(t, w), Stream{Socket: socket})
			var files Arrivals
			p := make([]byte, 64)
			_, err = in.Read(p, &files, 1)
			require.Equal(t, ErrNotNow, err)

			n, err := out.Write([]byte("head"), []byte("body"))
			require.NoError(t, err)
			for n < 8 { // where both do not go at once
				m, err := out.Write(nil, []byte("headbody")[n:])
				require.NoError(t, err)
				n += m
			}
			require.NoError(t, in.AwaitInput())
			n, err = in.Read(p, &files, 1)
			require.NoError(t, err)
			require.Equal(t, "headbody", string(p[:n]))

			for err == nil { // until there is no room
				_, err = out.Write(nil, make([]byte, 32<<10))
			}
			require.Equal(t, ErrNotNow, err)
			require.NoError(t, w.SetWriteDeadline(time.Unix(1, 0)))
			require.ErrorIs(t, out.AwaitOutput(), os.ErrDeadlineExceeded)
			_, err = out.Write(nil, p)
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)

			w.Close()
			_, err = out.Write(nil, p)
			require.Equal(t, os.ErrClosed, err)
			for err != io.EOF {
				_, err = in.Read(make([]byte, 1<<20), &files, 1)
				require.True(t, err == nil || err == io.EOF, "%v", err)
			}
		})
	}
}
