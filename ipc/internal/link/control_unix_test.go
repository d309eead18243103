//go:build unix

package link

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

func newControls(t *testing.T) (ours, theirs *Control) {
	t.Helper()
	f, g, err := fds.SocketPair("control")
	require.NoError(t, err)
	ours, theirs = NewControl(f), NewControl(g)
	t.Cleanup(func() {
		ours.Close()
		theirs.Close()
	})
	return ours, theirs
}

// Frames with and without descriptors keep their order, and each has its own.
func TestControlCarriesFiles(t *testing.T) {
	a, b := newControls(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	many := make([]*os.File, maxFiles)
	for i := range many {
		many[i] = w
	}
	cancel := Frame{Kind: KindCancel, Call: 1, Body: []byte("why")}
	require.NoError(t, a.send(cancel, nil, time.Time{}))
	require.NoError(t, a.send(cancel, many, time.Time{}))
	require.NoError(t, a.send(cancel, []*os.File{w}, time.Time{}))
	for _, n := range []int{0, maxFiles, 1} {
		f, got, err := b.Receive()
		require.NoError(t, err)
		require.Len(t, got, n)
		require.Equal(t, Frame{Kind: KindCancel, Call: 1, Files: n, Body: []byte("why")}, f)
		if n == 1 {
			theirs := got.Take("a pipe")
			_, err = theirs.Write([]byte("hello"))
			require.NoError(t, err)
			require.NoError(t, theirs.Close())
		}
		got.Close()
	}
	hello := make([]byte, 5)
	_, err = io.ReadFull(r, hello)
	require.NoError(t, err)
	require.Equal(t, "hello", string(hello))

	w.Close()
	require.ErrorIs(t, a.send(cancel, many, time.Time{}), os.ErrClosed)
}

// What does not agree with the frame is not kept.
func TestControlHostile(t *testing.T) {
	before := leak.Take()
	for name, write := range map[string]func(t *testing.T, c *Control) error{
		"fewer than announced": func(t *testing.T, c *Control) error {
			f := Frame{Kind: KindCancel, Files: 2}
			_, err := fds.Write(c.file, c.raw, f.appendHead(nil), []int{0})
			return err
		},
		"more than announced": func(t *testing.T, c *Control) error {
			f := Frame{Kind: KindCancel, Files: 2}
			_, err := fds.Write(c.file, c.raw, f.appendHead(nil), []int{0, 1, 2})
			return err
		},
		"not announced": func(t *testing.T, c *Control) error {
			f := Frame{Kind: KindCancel}
			_, err := fds.Write(c.file, c.raw, f.appendHead(nil), []int{0})
			return err
		},
		"more than may travel": func(t *testing.T, c *Control) error {
			f := Frame{Kind: KindCancel, Files: maxFiles + 2}
			_, err := fds.Write(c.file, c.raw, f.appendHead(nil), make([]int, maxFiles+2))
			return err
		},
		"no frame": func(t *testing.T, c *Control) error {
			_, err := fds.Write(c.file, c.raw, make([]byte, headerSize), []int{0})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := newControls(t)
			require.NoError(t, write(t, a))
			_, got, err := b.Receive()
			if err != fds.ErrTooMany {
				require.ErrorIs(t, err, ErrProtocol)
			}
			require.Empty(t, got)
		})
	}
	require.Empty(t, before.Wait(leak.Grace))
}

// What a socket that is broken does not take goes the other way, if it can.
func TestShipNowhere(t *testing.T) {
	a, _ := newControls(t)
	require.NoError(t, a.Close())
	f := Frame{Kind: KindResult, Call: 1, Body: make([]byte, sealFrom)}
	require.NoError(t, f.ship(a, nil, true))
	require.Equal(t, Frame{Kind: KindResult, Call: 1, Body: make([]byte, sealFrom)}, f)
	require.ErrorIs(t, f.ship(a, []*os.File{os.Stdin}, true), ErrCut)
	b, _ := newControls(t)
	closed, open, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, errors.Join(closed.Close(), open.Close()))
	err = f.ship(b, []*os.File{closed}, true)
	require.ErrorIs(t, err, os.ErrClosed)
	require.NotErrorIs(t, err, ErrCut)
}
