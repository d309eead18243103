package ioloop_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// idle returns a loop that nobody runs: files do not need it to.
func idle(t *testing.T, options ...ioloop.Options) *ioloop.Loop {
	t.Helper()
	o := ioloop.Options{}
	if len(options) > 0 {
		o = options[0]
	}
	o.Poller, _ = poll.Scripted()
	l, err := ioloop.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

func open(t *testing.T, l *ioloop.Loop, name string) *ioloop.File {
	t.Helper()
	f, err := l.Open(t.Context(), name, os.O_RDWR|os.O_CREATE, 0o600).Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, name, f.Name())
	return f
}

func TestFile(t *testing.T) {
	poolAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ctx := t.Context()
		name := filepath.Join(t.TempDir(), "file")
		f := open(t, l, name)
		n, err := f.WriteAt(ctx, []byte("hello, world"), 0).Result(ctx)
		require.NoError(t, err)
		require.Equal(t, 12, n)
		_, err = f.Sync(ctx).Result(ctx)
		require.NoError(t, err)
		b := make([]byte, 10)
		n, err = f.ReadAt(ctx, b, 7).Result(ctx)
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, "world", string(b[:n]))
		require.NoError(t, f.Close())
		require.ErrorIs(t, f.Close(), ioloop.ErrClosed)
		_, err = f.ReadAt(ctx, b, 0).Result(ctx)
		require.ErrorIs(t, err, ioloop.ErrClosed)
		_, err = f.WriteAt(ctx, b, 0).Result(ctx)
		require.ErrorIs(t, err, ioloop.ErrClosed)
		_, err = f.Sync(ctx).Result(ctx)
		require.ErrorIs(t, err, ioloop.ErrClosed)

		_, err = l.Open(ctx, filepath.Join(name, "nothing"), os.O_RDONLY, 0).Result(ctx)
		var e *fs.PathError
		require.ErrorAs(t, err, &e)
	})
}

func TestWholeFiles(t *testing.T) {
	poolAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ctx := t.Context()
		dir := t.TempDir()
		for _, size := range []int{0, 1, 1000, 1<<20 - 1, 1 << 20, 3<<20 + 5} {
			name := filepath.Join(dir, "file")
			data := bytes.Repeat([]byte{7}, size)
			_, err := l.WriteFile(ctx, name, data, 0o600).Result(ctx)
			require.NoError(t, err)
			got, err := l.ReadFile(ctx, name).Result(ctx)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
		}
		got, err := l.ReadFile(ctx, "/proc/self/status").Result(ctx)
		if err == nil { // its size is said to be 0
			require.NotEmpty(t, got)
		}
		_, err = l.ReadFile(ctx, filepath.Join(dir, "nothing")).Result(ctx)
		require.ErrorIs(t, err, fs.ErrNotExist)
		_, err = l.WriteFile(ctx, dir, nil, 0).Result(ctx)
		require.Error(t, err)
		ended, cancel := context.WithCancelCause(ctx)
		cancel(errors.New("cause"))
		_, err = l.ReadFile(ended, filepath.Join(dir, "file")).Result(ctx)
		require.ErrorContains(t, err, "cause")
	})
}

func TestLines(t *testing.T) {
	poolAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ctx := t.Context()
		name := filepath.Join(t.TempDir(), "file")
		long := strings.Repeat("x", 200_000)
		require.NoError(t, os.WriteFile(name, []byte("one\ntwo\r\n\n"+long+"\nlast"), 0o600))
		f := open(t, l, name)
		var lines []string
		for line, err := range f.Lines(ctx) {
			require.NoError(t, err)
			lines = append(lines, line)
		}
		require.Equal(t, []string{"one", "two", "", long, "last"}, lines)
		for range f.Lines(ctx) {
			break
		}
		require.NoError(t, os.WriteFile(name, bytes.Repeat([]byte("x"), 1<<20+1), 0o600))
		for _, err := range f.Lines(ctx) {
			var e *ioloop.TooLongError
			require.ErrorAs(t, err, &e)
			require.Equal(t, 1<<20, e.Limit)
		}
		ended, cancel := context.WithCancelCause(ctx)
		cancel(errors.New("cause"))
		for _, err := range f.Lines(ended) {
			require.ErrorContains(t, err, "cause")
		}
	})
}

// A callback gets the result on the loop.
func TestFileInCallback(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, []byte("contents"), 0o600))
	l := idle(t)
	var got []byte
	l.Soon(func() {
		ioloop.Deliver(l, l.ReadFile(background, name), func(data []byte, err error) {
			got = data
			l.Stop()
		})
	})
	run(t, l)
	require.Equal(t, "contents", string(got))
}

// Close of the loop closes files, refuses calls and leaves the caller's pool alone.
func TestFilesOfClosedLoop(t *testing.T) {
	ctx := t.Context()
	pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
	defer pool.Close()
	for _, p := range []*concurrent.Pool{nil, pool} {
		l := idle(t, ioloop.Options{Pool: p})
		f := open(t, l, filepath.Join(t.TempDir(), "file"))
		require.NoError(t, l.Close())
		_, err := f.ReadAt(ctx, make([]byte, 1), 0).Result(ctx)
		require.ErrorIs(t, err, ioloop.ErrClosed)
		_, err = l.Open(ctx, "file", os.O_RDONLY, 0).Result(ctx)
		require.Error(t, err)
		require.ErrorIs(t, f.Close(), ioloop.ErrClosed)
	}
	n, err := concurrent.SubmitFunc(ctx, pool, func(context.Context) (int, error) { return 7, nil }).Result(ctx)
	require.NoError(t, err)
	require.Equal(t, 7, n)
}

// More calls than the pool and its queue hold fail, and take nothing.
func TestFilesAreBounded(t *testing.T) {
	ctx := t.Context()
	pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 1, Queue: 1, Policy: concurrent.Reject})
	defer pool.Close()
	hold := make(chan struct{})
	held := make(chan struct{})
	concurrent.SubmitFunc(ctx, pool, func(context.Context) (int, error) { close(held); <-hold; return 0, nil })
	<-held
	l := idle(t, ioloop.Options{Pool: pool})
	first := l.ReadFile(ctx, os.DevNull)
	_, err := l.ReadFile(ctx, os.DevNull).Result(ctx)
	require.ErrorIs(t, err, concurrent.ErrFull)
	close(hold)
	_, err = first.Result(ctx)
	require.NoError(t, err)
}
