//go:build unix

package ipc_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// waitsFor is an Initializer that is over when a file is gone.
var waitsFor = ipc.Func("ipc_test.waitsFor", func(ctx context.Context, path string) (int, error) {
	for {
		if _, err := os.Stat(path); err != nil {
			return 0, nil
		}
		time.Sleep(time.Millisecond)
	}
})

// slowPool returns a pool whose workers start when a file is gone, and the file, which is
// there.
func slowPool(t *testing.T) (*ipc.Pool, string) {
	path := filepath.Join(t.TempDir(), "wait")
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Initializer: waitsFor.Bind(path)})
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	return pool, path
}

// Replace returns with its ctx, also while a worker starts that takes long.
func TestReplaceHeedsCtx(t *testing.T) {
	pool, path := slowPool(t)
	before, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(errTheEnd) })
	require.ErrorIs(t, within(t, func() error { return pool.Replace(ctx) }), errTheEnd)
	after, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.Equal(t, before, after, "the old worker stays")
	require.NoError(t, os.Remove(path))
}

// Close beside Replace is no failure of the worker that was starting.
func TestCloseBesideReplace(t *testing.T) {
	pool, _ := slowPool(t)
	replaced := make(chan error, 1)
	go func() { replaced <- pool.Replace(t.Context()) }()
	require.Eventually(t, func() bool { return len(pool.Workers()) == 2 }, 10*time.Second, time.Millisecond)
	require.NoError(t, pool.Close())
	require.ErrorIs(t, <-replaced, ipc.ErrClosed)
	s := pool.Stats()
	require.Zero(t, s.FailedStarts)
	require.NoError(t, s.StartError)
	require.Zero(t, s.Died)
}
