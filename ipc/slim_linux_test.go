package ipc_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
)

// footprint is what a process takes of its limits by being there.
type footprint struct {
	Data  int // KiB of data, as the kernel counts
	Stack unix.Rlimit
	Args  []string
	Role  string

	Arenas string // a variable of the C library
}

var measure = ipc.Func("measure", func(context.Context, none) (f footprint, err error) {
	f.Args = os.Args[1:]
	f.Role = os.Getenv("FANFOLD_IPC_WORKER")
	f.Arenas = os.Getenv("MALLOC_ARENA_MAX")
	if err := unix.Getrlimit(unix.RLIMIT_STACK, &f.Stack); err != nil {
		return f, err
	}
	status, err := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmData:"); ok {
			_, err = fmt.Sscan(rest, &f.Data)
		}
	}
	return f, err
})

// A process whose memory is limited does not spend it on the stacks of its threads, and
// is otherwise what it would be.
func TestSlim(t *testing.T) {
	var stack unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_STACK, &stack))
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Limits: ipc.Limits{Memory: 128 << 20}}})
	f, err := measure.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	if !effort.Race {
		require.Less(t, f.Data, 96<<10, "what an empty program takes")
	}
	require.Equal(t, os.Getenv("MALLOC_ARENA_MAX"), f.Arenas)
	require.Equal(t, stack, f.Stack)
	require.Empty(t, f.Args)
	require.Empty(t, f.Role, "it is not to be seen")
}
