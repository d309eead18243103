package ioloop_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
)

// A name that C would end early is no name.
func TestFileNameWithNUL(t *testing.T) {
	poolAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ctx, dir := t.Context(), t.TempDir()
		name := filepath.Join(dir, "innocent")
		_, err := l.WriteFile(ctx, name+"\x00.txt", []byte("x"), 0o600).Result(ctx)
		require.ErrorIs(t, err, syscall.EINVAL)
		_, err = l.Open(ctx, name+"\x00", os.O_CREATE|os.O_RDWR, 0o600).Result(ctx)
		require.ErrorIs(t, err, syscall.EINVAL)
		_, err = l.ReadFile(ctx, "/dev/null\x00").Result(ctx)
		require.ErrorIs(t, err, syscall.EINVAL)
		require.NoFileExists(t, name)
	})
}

// A disk that is full is an error of the call.
func TestFullDisk(t *testing.T) {
	poolAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ctx := t.Context()
		_, err := l.WriteFile(ctx, "/dev/full", make([]byte, 3<<20), 0o600).Result(ctx)
		require.ErrorIs(t, err, syscall.ENOSPC)
		f, err := l.Open(ctx, "/dev/full", os.O_RDWR, 0).Result(ctx)
		require.NoError(t, err)
		n, err := f.WriteAt(ctx, []byte("x"), 0).Result(ctx)
		require.Zero(t, n)
		require.ErrorIs(t, err, syscall.ENOSPC)
		require.NoError(t, f.Close())
	})
}

// A rudeCtx panics when it is asked.
type rudeCtx struct{ context.Context }

func (rudeCtx) Err() error { panic("rude") }

// A ctx that panics does so in the caller, and the descriptor is closed all the same.
func TestFileOfRudeContext(t *testing.T) {
	poolAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ctx := t.Context()
		name := filepath.Join(t.TempDir(), "file")
		f := open(t, l, name)
		require.Panics(t, func() { f.ReadAt(rudeCtx{ctx}, make([]byte, 1), 0) })
		require.NoError(t, f.Close())
		_, err := f.ReadAt(ctx, make([]byte, 1), 0).Result(ctx)
		require.ErrorIs(t, err, ioloop.ErrClosed)
		require.Zero(t, descriptorsOf(t, name))
	})
}

// descriptorsOf returns how many descriptors of this process stand for a file.
func descriptorsOf(t *testing.T, name string) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, e := range entries {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if errors.Is(err, os.ErrNotExist) {
			continue // closed meanwhile
		}
		require.NoError(t, err)
		if to == name {
			n++
		}
	}
	return n
}
