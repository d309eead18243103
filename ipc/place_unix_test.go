//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
)

// A place is where a process is, and what the system calls it.
type place struct{ Dir, Name, Race string }

var where = ipc.Func("ipc_test.where", func(context.Context, none) (p place, err error) {
	if p.Dir, err = os.Getwd(); err != nil {
		return p, err
	}
	name, err := os.ReadFile("/proc/self/comm")
	if errors.Is(err, os.ErrNotExist) && runtime.GOOS != "linux" {
		err = nil
	}
	return place{p.Dir, strings.TrimSpace(string(name)), os.Getenv("GORACE")}, err
})

// Paths are looked up when they are given, and hold for workers that start later.
func TestPathsAreLookedUpWhenGiven(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, os.Symlink(self, "program"))
	require.NoError(t, os.Mkdir("sub", 0o700))
	want, err := filepath.EvalSymlinks("sub")
	require.NoError(t, err)
	want, err = filepath.Abs(want)
	require.NoError(t, err)
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Exec: []string{"./program"}, Launch: ipc.Launch{Dir: "sub"}})
	process := ipc.NewProcess(where, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Dir: "sub"}})
	t.Chdir(t.TempDir())
	require.NoError(t, pool.Replace(t.Context()))
	got, err := where.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.Equal(t, want, got.Dir)
	require.NoError(t, process.Start(t.Context()))
	got, err = process.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, got.Dir)
}

// A folder that is missing is named.
func TestMissingDirIsNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	for _, sys := range []*syscall.SysProcAttr{nil, {}} {
		_, err := ipc.Start(t.Context(), where, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Dir: dir, Sys: sys}})
		require.ErrorIs(t, err, ipc.ErrStart)
		require.ErrorIs(t, err, os.ErrNotExist)
		require.ErrorContains(t, err, dir)
		require.NotContains(t, err.Error(), "exe")
	}
}

// Processes have the name of their program, in ps and top.
func TestProcessesShowTheirName(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the name is elsewhere")
	}
	name := filepath.Base(os.Args[0])
	for _, l := range []ipc.Limits{{}, {Memory: 256 << 20}} {
		p, err := ipc.Start(t.Context(), where, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Limits: l}})
		require.NoError(t, err)
		got, err := p.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, name[:min(15, len(name))], got.Name)
	}
}

// Under the race detector processes end at once, and what they start does not know why.
func TestProcessesDoNotLinger(t *testing.T) {
	if !effort.Race {
		t.Skip("only the race detector makes them")
	}
	t.Setenv("GORACE", "")
	p, err := ipc.Start(t.Context(), where, none{})
	require.NoError(t, err)
	got, err := p.Result(t.Context())
	require.NoError(t, err)
	require.Empty(t, got.Race)
	begun := time.Now()
	for range 5 {
		p, err := ipc.Start(t.Context(), square, 7)
		require.NoError(t, err)
		require.NoError(t, p.Join(t.Context()))
	}
	require.Less(t, time.Since(begun), 5*time.Second)
}
