//go:build unix

package fds

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func newSocketPair(t *testing.T) (a, b *os.File) {
	t.Helper()
	a, b, err := SocketPair("socket")
	require.NoError(t, err)
	t.Cleanup(func() {
		a.Close()
		b.Close()
	})
	return a, b
}

func rawOf(t *testing.T, f *os.File) syscall.RawConn {
	t.Helper()
	raw, err := f.SyscallConn()
	require.NoError(t, err)
	return raw
}

// flagsOf returns whether f blocks, and whether a program that is started inherits it.
func flagsOf(t *testing.T, f *os.File) (blocks, inherited bool) {
	t.Helper()
	var status, own int
	var err, err2 error
	require.NoError(t, rawOf(t, f).Control(func(fd uintptr) {
		status, err = unix.FcntlInt(fd, unix.F_GETFL, 0)
		own, err2 = unix.FcntlInt(fd, unix.F_GETFD, 0)
	}))
	require.NoError(t, errors.Join(err, err2))
	return status&unix.O_NONBLOCK == 0, own&unix.FD_CLOEXEC == 0
}

func TestOpened(t *testing.T) {
	open := map[string]struct {
		open func() (*os.File, *os.File, error)
		want [2]bool // whether the ends block
	}{
		"socket":          {func() (*os.File, *os.File, error) { return SocketPair("socket") }, [2]bool{false, false}},
		"pipe to read":    {func() (*os.File, *os.File, error) { return HalfPipe(Reads) }, [2]bool{false, true}},
		"pipe to write":   {func() (*os.File, *os.File, error) { return HalfPipe(Writes) }, [2]bool{true, false}},
		"file and a copy": {func() (*os.File, *os.File, error) { return fileAndDuplicate() }, [2]bool{true, true}},
	}
	for name, c := range open {
		t.Run(name, func(t *testing.T) {
			a, b, err := c.open()
			require.NoError(t, err)
			defer a.Close()
			defer b.Close()
			for i, f := range []*os.File{a, b} {
				blocks, inherited := flagsOf(t, f)
				require.Equal(t, c.want[i], blocks, "end %d blocks", i)
				require.False(t, inherited, "end %d", i)
			}
		})
	}
}

func fileAndDuplicate() (*os.File, *os.File, error) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, err
	}
	dup, err := Duplicate(f)
	return f, dup, err
}

func TestOpenFails(t *testing.T) {
	failure := errors.New("no descriptors")
	require.Equal(t, failure, Open(func() error { return failure }))
	none := -1
	require.Equal(t, syscall.EBADF, Open(func() error { return nil }, &none))
}

func TestDuplicate(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	dup, err := Duplicate(w)
	require.NoError(t, err)
	require.Equal(t, w.Name(), dup.Name())
	require.NoError(t, w.Close())
	_, err = dup.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, dup.Close())
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))

	_, err = Duplicate(w)
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorAs(t, err, new(*os.PathError))
	_, err = Duplicate(nil)
	require.ErrorIs(t, err, os.ErrInvalid)
	_, err = DuplicateAll([]*os.File{r, w})
	require.ErrorIs(t, err, os.ErrClosed) // and no duplicate of r is left: see TestMain
}

func TestDuplicateStream(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	defer file.Close()
	r, w, err := HalfPipe(Writes)
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	socket, _ := newSocketPair(t)
	for _, c := range []struct {
		file *os.File
		want Stream
	}{
		{file, Stream{Readable: true, Writable: true}},
		{r, Stream{Pipe: true, Readable: true}},
		{w, Stream{Pipe: true, Writable: true}},
		{socket, Stream{Socket: true, Readable: true, Writable: true}},
	} {
		dup, got, err := DuplicateStream(c.file)
		require.NoError(t, err)
		require.Equal(t, c.want, got, c.file.Name())
		blocks, inherited := flagsOf(t, dup)
		require.False(t, blocks || inherited)
		require.NoError(t, dup.Close())
	}
	w.Close()
	_, _, err = DuplicateStream(w)
	require.Equal(t, os.ErrClosed, err)
}

func TestWith(t *testing.T) {
	a, b := newSocketPair(t)
	failure := errors.New("failure")
	require.Equal(t, failure, With([]*os.File{a, b}, func(fds []int) error {
		require.Len(t, fds, 2)
		for i, f := range []*os.File{a, b} {
			require.NoError(t, rawOf(t, f).Control(func(fd uintptr) { require.Equal(t, int(fd), fds[i]) }))
		}
		return failure
	}))
	b.Close()
	called := false
	require.Equal(t, os.ErrClosed, With([]*os.File{a, b}, func([]int) error {
		called = true
		return nil
	}))
	require.False(t, called)
}

func TestStillOpen(t *testing.T) {
	a, b := newSocketPair(t)
	require.NoError(t, StillOpen(a))
	CloseAll([]*os.File{a, nil, b})
	require.Equal(t, os.ErrClosed, StillOpen(a))
	require.Equal(t, os.ErrClosed, StillOpen(b))
}

// The end of a ctx interrupts a wait, and no wait after it.
func TestInterrupt(t *testing.T) {
	a, b := newSocketPair(t)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	read := func() (int, error) {
		defer Interrupt(ctx, a.SetReadDeadline)()
		n, err := a.Read(make([]byte, 10))
		return n, Cause(ctx, err)
	}
	go cancel(why)
	_, err := read()
	require.Equal(t, why, err)

	ctx = t.Context()
	_, err = b.Write([]byte("hello"))
	require.NoError(t, err)
	n, err := read()
	require.NoError(t, err)
	require.Equal(t, 5, n)

	// A deadline of the file's own is no end of ctx.
	require.NoError(t, a.SetReadDeadline(time.Unix(1, 0)))
	_, err = a.Read(make([]byte, 10))
	require.ErrorIs(t, Cause(ctx, err), os.ErrDeadlineExceeded)

	end := Interrupt(context.Background(), func(time.Time) error { panic("nothing can end it") })
	end()
}

func TestInputWaits(t *testing.T) {
	a, b := newSocketPair(t)
	waits := func() (is bool) {
		require.NoError(t, rawOf(t, a).Control(func(fd uintptr) { is = InputWaits(fd) }))
		return is
	}
	require.False(t, waits())
	_, err := b.Write([]byte("x"))
	require.NoError(t, err)
	require.True(t, waits())
	_, err = a.Read(make([]byte, 1))
	require.NoError(t, err)
	require.False(t, waits())
	b.Close()
	require.True(t, waits(), "the end")
}
