//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

var setting = ipc.Func("shm_test.setting", func(_ context.Context, e *shm.Event) (struct{}, error) {
	e.Set()
	return struct{}{}, nil
})

func TestConformanceEvents(t *testing.T) {
	t.Run("_test_multiprocessing/_TestEvent/test_event", func(t *testing.T) {
		e, err := shm.NewEvent(newMemory(t))
		require.NoError(t, err)
		require.False(t, e.IsSet())
		expires(t, e.Wait)
		e.Set()
		require.True(t, e.IsSet())
		require.NoError(t, e.Wait(t.Context()))
		e.Clear()
		p, err := ipc.Start(t.Context(), setting, e)
		require.NoError(t, err)
		require.NoError(t, e.Wait(t.Context()))
		require.NoError(t, p.Join(t.Context()))
	})
}
