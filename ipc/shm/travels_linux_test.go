//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// What arrives twice is one object.
func TestOneObject(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	b.Do = "same"
	for range 3 {
		got, err := work.On(pool)(t.Context(), b)
		require.NoError(t, err)
		require.Equal(t, "same", got)
	}
	require.Equal(t, 2, b.Memory.Stats().Processes)
	got, err := echo.On(pool)(t.Context(), b.Lock)
	require.NoError(t, err)
	require.Same(t, b.Lock, got, "it has come back")
}

var echo = ipc.Func("shm_test.echo", func(_ context.Context, l *shm.Lock) (*shm.Lock, error) { return l, nil })

var returns = ipc.Func("shm_test.returns", func(_ context.Context, n int) (int, error) {
	return 0, fmt.Errorf("there: %w", sentinels[n])
})

var sentinels = []error{
	shm.ErrClosed, shm.ErrLayout, shm.ErrMemoryFull, shm.ErrOwnerDied, shm.ErrFull, shm.ErrEmpty, shm.ErrBroken,
	&shm.OwnerDiedError{},
}

// Errors match in the process that called what they matched where they come from.
func TestErrorsTravel(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	for n, sentinel := range sentinels[:7] {
		_, err := returns.On(pool)(t.Context(), n)
		require.ErrorIs(t, err, sentinel)
	}
	_, err := returns.On(pool)(t.Context(), 7)
	require.ErrorIs(t, err, shm.ErrOwnerDied)
}

func TestNotInMemory(t *testing.T) {
	m := newBundle(t).Memory
	require.PanicsWithValue(t, "shm: NewValue: shm_test.bad.A[].P is a *int, which means nothing in another process",
		func() { shm.NewValue(m, bad{}) })
	require.Panics(t, func() { shm.NewArray[string](m, 1) })
	require.Panics(t, func() { shm.NewArray[int](m, -1) })
	require.Panics(t, func() { shm.NewMemory(shm.MemoryOptions{Max: 1}) })
	require.Panics(t, func() { shm.NewMemory(shm.MemoryOptions{Processes: 1025}) })
	require.Panics(t, func() { shm.NewMemory(shm.MemoryOptions{}, shm.MemoryOptions{}) })
	_, err := shm.NewArray[int](m, 1<<40)
	require.ErrorIs(t, err, shm.ErrMemoryFull)
}
