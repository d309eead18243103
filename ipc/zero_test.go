//go:build unix

package ipc_test

import (
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// A zero value that cannot be used says what makes one.
func TestZeroValues(t *testing.T) {
	var (
		pool     ipc.Pool
		process  ipc.Process[int]
		function ipc.Function[int, int]
		handle   ipc.Handle
	)
	ctx := t.Context()
	for want, calls := range map[string][]func(){
		"ipc: Pool not made by NewPool": {
			func() { _ = pool.Close() }, func() { _ = pool.Shutdown(ctx) }, func() { _ = pool.Replace(ctx) }, func() { pool.Resize(1) },
			func() { pool.Stats() }, func() { pool.Workers() }, func() { _ = pool.Profile(ctx, 1, "heap", io.Discard) },
			func() { _, _ = pool.Carry(ctx, ipc.Call{}) }, func() { _, _ = square.On(&pool)(ctx, 1) },
		},
		"ipc: Process not made by NewProcess": {func() { _ = process.Start(ctx) }},
		"ipc: Function not made by Func or RunnerOf": {
			func() { function.On(&pool) }, func() { function.OnChunks(&pool) }, func() { function.Bind(1) }, func() { ipc.NewProcess(&function, 1) },
		},
	} {
		for _, call := range calls {
			require.PanicsWithValue(t, want, call)
		}
	}
	for _, err := range []error{handle.Signal(syscall.SIGTERM), handle.Join(ctx), handle.Kill()} {
		require.ErrorIs(t, err, os.ErrInvalid)
		require.ErrorContains(t, err, "ipc: Handle not made by HandleOf, Parent or Process.Handle")
	}
	require.Equal(t, ipc.ErrNotStarted, process.Join(ctx))
}
