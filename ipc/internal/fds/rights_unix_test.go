//go:build unix

package fds

import (
	"bytes"
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A message is longer than what a socket takes at once, so that it is written and read
// in pieces: the descriptors come with the first.
func TestRights(t *testing.T) {
	a, b := newSocketPair(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	message := bytes.Repeat([]byte("message "), 100_000)
	sent := make(chan error, 1)
	go func() {
		sent <- With([]*os.File{w, r}, func(fds []int) error {
			_, err := Write(a, rawOf(t, a), message, fds)
			return err
		})
	}()
	var files Arrivals
	var got []byte
	for p := make([]byte, 4096); len(got) < len(message); {
		n, err := Read(rawOf(t, b), p, &files, 2)
		require.NoError(t, err)
		got = append(got, p[:n]...)
		require.Len(t, files, 2)
	}
	require.NoError(t, <-sent)
	require.True(t, bytes.Equal(message, got))

	require.NoError(t, w.Close())
	theirs := files.Take("theirs")
	require.Equal(t, "theirs", theirs.Name())
	_, inherited := flagsOf(t, theirs)
	require.False(t, inherited)
	_, err = theirs.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, theirs.Close())
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "hello", string(text))
	files.Close()
	require.Nil(t, files.Take("none"))

	a.Close()
	_, err = Read(rawOf(t, b), make([]byte, 1), &files, 2)
	require.Equal(t, io.EOF, err)
	b.Close()
	_, err = Read(rawOf(t, b), make([]byte, 1), &files, 2)
	require.Equal(t, os.ErrClosed, err)
	_, err = Write(b, rawOf(t, b), []byte("x"), []int{0})
	require.Equal(t, os.ErrClosed, err)
}

func TestWriteToNobody(t *testing.T) {
	a, b := newSocketPair(t)
	b.Close()
	_, err := Write(a, rawOf(t, a), []byte("x"), []int{0})
	require.ErrorIs(t, err, syscall.EPIPE)
}

// What there is no space for is lost, and nothing else is taken in its place.
func TestLost(t *testing.T) {
	for name, c := range map[string]struct {
		room   int
		starve bool
		want   int // how many come
	}{
		"no space in the buffer":   {room: 2, want: 2},
		"no space in the process":  {room: 8, starve: true, want: 0},
		"space for more than came": {room: 8, want: 3},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := newSocketPair(t)
			_, err := Write(a, rawOf(t, a), []byte("x"), []int{0, 1, 2})
			require.NoError(t, err)
			refill := func() {}
			if c.starve {
				refill = starve(t)
			}
			var files Arrivals
			_, err = Read(rawOf(t, b), make([]byte, 1), &files, c.room)
			refill()
			require.NoError(t, err)
			defer files.Close()
			if c.want == 3 {
				require.Len(t, files, 3)
				require.NotContains(t, files, Lost)
				return
			}
			// The system may have room for one more than was asked for.
			require.Contains(t, files, Lost)
			require.Equal(t, Lost, files[len(files)-1])
			require.GreaterOrEqual(t, len(files), c.want+1)
		})
	}
}

// starve lets this process open no descriptor until the function is called.
func starve(t *testing.T) (refill func()) {
	t.Helper()
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	none := limit
	none.Cur = 0
	require.NoError(t, syscall.Setrlimit(unix.RLIMIT_NOFILE, &none))
	return func() { require.NoError(t, syscall.Setrlimit(unix.RLIMIT_NOFILE, &limit)) }
}

func TestTooMany(t *testing.T) {
	a, b := newSocketPair(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	var files Arrivals
	for n := range MaxArrivals + 1 {
		require.NoError(t, With([]*os.File{w}, func(fds []int) error {
			_, err := Write(a, rawOf(t, a), []byte("x"), fds)
			return err
		}))
		_, err = Read(rawOf(t, b), make([]byte, 1), &files, 1)
		if n < MaxArrivals {
			require.NoError(t, err)
		}
	}
	require.Equal(t, ErrTooMany, err)
	files.Close()
	w.Close()
	_, err = r.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err, "a descriptor of the pipe is still open")
}
