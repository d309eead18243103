package ipc

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// mappings returns how many rings this process has mapped.
func mappings(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	return strings.Count(string(text), "fanfold-ring")
}

// A pool that is to use pipes has no ring.
func TestRingUnwanted(t *testing.T) {
	for pipes, rings := range map[bool]int{false: 1, true: 0} {
		before := mappings(t)
		p, err := NewPool(context.Background(), PoolOptions{Workers: 1, NoSharedMemory: pipes})
		require.NoError(t, err)
		require.Equal(t, before+rings, mappings(t))
		require.NoError(t, p.Shutdown(context.Background()))
	}
}

// Where there is no memory to share, workers have pipes, and nothing is left of the try.
func TestNoRingMemory(t *testing.T) {
	defer func(f func(*os.File) error) { reserve = f }(reserve)
	tries := 0
	reserve = func(*os.File) error { tries++; return unix.ENOSPC }
	defer func(was bool) { mainCalled.Store(was) }(mainCalled.Swap(true))
	rings := mappings(t)
	p, err := NewPool(context.Background(), PoolOptions{Workers: 1})
	require.NoError(t, err)
	require.Equal(t, 1, tries)
	require.Equal(t, rings, mappings(t))
	workers, _ := p.look()
	require.IsType(t, &link.Pipes{}, workers[0].Transport)
	got, err := inner.On(p)(t.Context(), 20)
	require.NoError(t, err)
	require.Equal(t, 21, got)
	require.NoError(t, p.Shutdown(context.Background()))
}

// inner is a function for tests within the package.
var inner = Func("ipc: inner", func(_ context.Context, n int) (int, error) { return n + 1, nil })
