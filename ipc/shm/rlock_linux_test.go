//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

var relock = ipc.Func("shm_test.relock", func(ctx context.Context, l *shm.RLock) (int, error) {
	o := l.Owner()
	for range 3 {
		if err := o.LockContext(ctx); err != nil {
			return 0, err
		}
	}
	return 0, syscall.Kill(os.Getpid(), syscall.SIGKILL)
})

// An owner takes the lock again, another one does not, and the death of a process is
// told whatever the depth.
func TestRLock(t *testing.T) {
	m := newBundle(t).Memory
	l, err := shm.NewRLock(m)
	require.NoError(t, err)
	a, b := l.Owner(), l.Owner()
	a.Lock()
	require.NoError(t, a.LockContext(t.Context()))
	require.True(t, a.TryLock())
	require.False(t, b.TryLock())
	for range 3 {
		require.True(t, l.Locked())
		a.Unlock()
	}
	require.False(t, l.Locked())
	require.PanicsWithValue(t, "shm: Unlock of an RLock by an owner that does not hold it", a.Unlock)
	require.True(t, b.TryLock())
	b.Unlock()

	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	_, err = relock.On(pool)(t.Context(), l)
	require.ErrorIs(t, err, ipc.ErrProcessDied)
	require.ErrorIs(t, l.Do(t.Context(), func(context.Context) error { return nil }), shm.ErrOwnerDied)
	require.False(t, l.Locked())
	require.ErrorIs(t, a.LockContext(t.Context()), shm.ErrOwnerDied)
	require.NoError(t, a.LockContext(t.Context()), "it holds the lock")
	l.MarkConsistent()
	a.Unlock()
	a.Unlock()
	require.True(t, b.TryLock())
	b.Unlock()
}

func TestRLockDo(t *testing.T) {
	l, err := shm.NewRLock(newBundle(t).Memory)
	require.NoError(t, err)
	cause := errors.New("cause")
	var kept context.Context
	err = l.Do(t.Context(), func(ctx context.Context) error {
		kept = ctx
		return l.Do(ctx, func(ctx context.Context) error {
			require.True(t, l.Locked())
			canceled, cancel := context.WithCancelCause(ctx)
			cancel(cause)
			require.Equal(t, cause, l.Do(canceled, func(context.Context) error { return nil }))
			return cause
		})
	})
	require.Equal(t, cause, err)
	require.False(t, l.Locked())
	require.Panics(t, func() { l.Do(kept, func(context.Context) error { return nil }) })
	require.Panics(t, func() { l.Do(t.Context(), func(context.Context) error { panic("no") }) })
	require.False(t, l.Locked())
}
