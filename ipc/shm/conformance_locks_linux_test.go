//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/shm"
)

func TestConformanceLocks(t *testing.T) {
	m := newMemory(t)
	t.Run("_test_multiprocessing/_TestLock/test_lock", func(t *testing.T) {
		l, err := shm.NewLock(m)
		require.NoError(t, err)
		l.Lock()
		require.False(t, l.TryLock())
		l.Unlock()
		misuse(t, l.Unlock)
	})
	t.Run("_test_multiprocessing/_TestLock/test_rlock", func(t *testing.T) {
		l, err := shm.NewRLock(m)
		require.NoError(t, err)
		o := l.Owner()
		for range 3 {
			o.Lock()
		}
		for range 3 {
			o.Unlock()
		}
		misuse(t, o.Unlock)
	})
	t.Run("_test_multiprocessing/_TestLock/test_lock_context", func(t *testing.T) {
		l, err := shm.NewRLock(m)
		require.NoError(t, err)
		require.NoError(t, l.Do(t.Context(), func(context.Context) error { return nil }))
		require.False(t, l.Locked())
	})
}

func TestConformanceSemaphores(t *testing.T) {
	m := newMemory(t)
	two := func(t *testing.T, s permitter) {
		require.Equal(t, 2, s.Value())
		require.NoError(t, s.Acquire(t.Context(), 1))
		require.Equal(t, 1, s.Value())
		require.NoError(t, s.Acquire(t.Context(), 1))
		require.Zero(t, s.Value())
		require.False(t, s.TryAcquire(1))
		s.Release(1)
		require.Equal(t, 1, s.Value())
		s.Release(1)
		require.Equal(t, 2, s.Value())
	}
	t.Run("_test_multiprocessing/_TestSemaphore/test_semaphore", func(t *testing.T) {
		s, err := shm.NewSemaphore(m, 2)
		require.NoError(t, err)
		two(t, s)
		s.Release(1)
		require.Equal(t, 3, s.Value())
		s.Release(1)
		require.Equal(t, 4, s.Value())
	})
	t.Run("_test_multiprocessing/_TestSemaphore/test_bounded_semaphore", func(t *testing.T) {
		s, err := shm.NewBoundedSemaphore(m, 2)
		require.NoError(t, err)
		two(t, s)
		misuse(t, func() { s.Release(1) })
		require.Equal(t, 2, s.Value())
	})
	t.Run("_test_multiprocessing/_TestSemaphore/test_timeout", func(t *testing.T) {
		s, err := shm.NewSemaphore(m, 0)
		require.NoError(t, err)
		require.False(t, s.TryAcquire(1))
		expires(t, func(ctx context.Context) error { return s.Acquire(ctx, 1) })
	})
}
