//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

var arguments = ipc.Func("ipc_test.arguments", func(context.Context, none) ([]string, error) { return os.Args, nil })

// Workers can be another program: it needs the functions, and nothing else.
func TestExec(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	pool := newPool(t, ipc.PoolOptions{Exec: []string{self, "one", "two"}})
	args, err := arguments.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.Equal(t, []string{self, "one", "two"}, args)
	_, err = pool.Carry(t.Context(), ipc.Call{Func: "nowhere"})
	require.ErrorIs(t, err, ipc.ErrNoFunc)
	require.ErrorContains(t, err, `"nowhere" is not registered here`)
}

// A program that is no worker is no worker, and nothing of it stays.
func TestExecOfAStranger(t *testing.T) {
	for want, exec := range map[string][]string{
		"exited with status 1":       {"false"},
		"did not report within 50ms": {"sleep", "1000"},
		"executable file not found":  {"no such program"},
		"protocol violation":         {"sh", "-c", "echo this is no frame, and it is longer than a header >&4; sleep 1000"},
	} {
		before := leak.Take()
		o := ipc.PoolOptions{Exec: exec, Launch: ipc.Launch{Stderr: io.Discard}}
		if exec[0] == "sleep" {
			o.StartTimeout = 50 * time.Millisecond
		}
		_, err := ipc.NewPool(context.Background(), o)
		require.ErrorIs(t, err, ipc.ErrStart, exec)
		require.ErrorContains(t, err, want)
		require.Empty(t, before.Wait(leak.Grace))
	}
}

// What surrounds a worker is what the options say.
func TestPoolSurroundings(t *testing.T) {
	dir := t.TempDir()
	var out, errs lockedBuffer
	pool := newPool(t, ipc.PoolOptions{
		Workers: 1, Launch: ipc.Launch{Dir: dir, Env: []string{"ORDER=told"}, Stdout: &out, Stderr: &errs, Sys: &syscall.SysProcAttr{Setsid: true}},
	})
	got, err := carryOut.On(pool)(t.Context(), order{Do: "report"})
	require.NoError(t, err)
	require.Equal(t, dir, got.Dir)
	require.Equal(t, "told", got.Env)
	require.Empty(t, got.Stdin)
	session, err := unix.Getsid(pool.Workers()[0].Pid)
	require.NoError(t, err)
	require.Equal(t, pool.Workers()[0].Pid, session)
	_, err = carryOut.On(pool)(t.Context(), order{Do: "print", Text: "words"})
	require.NoError(t, err)
	require.NoError(t, pool.Shutdown(context.Background()))
	require.Equal(t, "words", out.String())
	require.Equal(t, "not words", errs.String())
}

func TestPoolStdoutFile(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer file.Close()
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stdout: file, Stderr: io.Discard}})
	_, err = carryOut.On(pool)(t.Context(), order{Do: "print", Text: "words"})
	require.NoError(t, err)
	text, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	require.Equal(t, "words", string(text))
}

// A worker that needs more than it may have costs the call that needed it, and the
// error says why.
func TestPoolLimits(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what limits do is the system's; these are Linux's")
	}
	t.Run("memory", func(t *testing.T) {
		if effort.Race {
			t.Skip("the limit is the kernel's, and processes are slow")
		}
		pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stderr: io.Discard, Limits: ipc.Limits{Memory: 200 << 20}}})
		for range 2 {
			_, err := carryOut.On(pool)(t.Context(), order{Do: "eat", N: 500})
			died, ok := errors.AsType[*ipc.ProcessDiedError](err)
			require.True(t, ok, "%v", err)
			require.ErrorIs(t, err, ipc.ErrMemoryLimit, "%.300s\n%s", died.Crash, died.Stderr)
			got, err := carryOut.On(pool)(t.Context(), order{Do: "eat", N: 20})
			require.NoError(t, err)
			require.Equal(t, "20", got.Dir)
		}
		_, err := carryOut.On(pool)(t.Context(), order{Do: "exit", N: 2})
		require.ErrorIs(t, err, ipc.ErrProcessDied)
		require.NotErrorIs(t, err, ipc.ErrMemoryLimit)
	})
	t.Run("files", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Limits: ipc.Limits{Files: 32}}})
		_, err := carryOut.On(pool)(t.Context(), order{Do: "open", N: 40})
		require.ErrorIs(t, err, syscall.EMFILE)
	})
}

func TestPoolOptionsPanic(t *testing.T) {
	for name, o := range map[string]ipc.PoolOptions{
		"Limits.Memory":      {Launch: ipc.Launch{Limits: ipc.Limits{Memory: 1}}},
		"Min is -1":          {Min: -1},
		"MaxCalls -1":        {MaxCalls: -1},
		`Env is ["a=b\x00"]`: {Launch: ipc.Launch{Env: []string{"a=b\x00"}}},
	} {
		func() {
			defer func() {
				text, _ := recover().(string)
				require.True(t, strings.Contains(text, name), "%q: %s", name, text)
			}()
			_, _ = ipc.NewPool(context.Background(), o)
		}()
	}
}
