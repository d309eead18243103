//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// A note is written to the end of a file.
type note struct{ Path, Text, Then string }

// prepared is what the initializer has done in this worker.
var prepared string

var (
	notes = ipc.Func("ipc_test.notes", func(ctx context.Context, n note) (int, error) {
		f, err := os.OpenFile(n.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, err
		}
		prepared = n.Text
		fmt.Fprintln(f, n.Text, os.Getpid())
		f.Close()
		switch n.Then {
		case "fail":
			return 0, errOrdered
		case "panic":
			panic("panicked as ordered")
		case "exit":
			os.Exit(5)
		case "kill":
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case "loop":
			for n := 1; n != 0; n += 2 {
			}
		case "wait":
			<-ctx.Done()
			return 0, context.Cause(ctx)
		}
		return 0, nil
	})
	isPrepared = ipc.Func("ipc_test.isPrepared", func(context.Context, none) (string, error) { return prepared, nil })
)

// noted returns what was noted.
func noted(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// Every worker is prepared before its first call, replacements too, and says
// goodbye once, unless it is killed.
func TestInitializerAndFinalizer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	pool := newPool(t, ipc.PoolOptions{
		Workers: 2, Initializer: notes.Bind(note{Path: path, Text: "hello"}), Finalizer: notes.Bind(note{Path: path, Text: "bye"}),
	})
	first := pool.Workers()[0]
	require.Zero(t, first.Calls, "the initializer is nobody's call")
	require.Zero(t, pool.Stats().Calls)
	for range 5 {
		got, err := isPrepared.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		require.Equal(t, "hello", got)
	}
	require.NoError(t, syscall.Kill(first.Pid, syscall.SIGKILL))
	require.Eventually(t, func() bool { s := pool.Stats(); return s.Died == 1 && s.Workers == 1 }, 10*time.Second, time.Millisecond)
	second := pool.Workers()[0]
	got, err := isPrepared.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.Equal(t, "hello", got)
	require.NoError(t, pool.Shutdown(context.Background()))
	require.Equal(t, []string{
		fmt.Sprint("hello ", first.Pid), fmt.Sprint("hello ", second.Pid), fmt.Sprint("bye ", second.Pid),
	}, noted(t, path))
	require.NoError(t, pool.Stats().StopError)
}

func TestFinalizerIsNotForTerminate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Finalizer: notes.Bind(note{Path: path, Text: "bye"})})
	pool.Close()
	require.Empty(t, noted(t, path))
}

// Whatever an initializer does, NewPool says so and leaves nothing.
func TestInitializerFails(t *testing.T) {
	for then, want := range map[string]string{
		"fail": "failed as ordered", "panic": "panicked as ordered", "exit": "exited with status 5",
		"kill": "was ended by signal 9", "wait": "deadline exceeded", "loop": "deadline exceeded",
	} {
		t.Run(then, func(t *testing.T) {
			before := leak.Take()
			o := ipc.PoolOptions{Initializer: notes.Bind(note{Path: filepath.Join(t.TempDir(), "notes"), Then: then})}
			if then == "wait" || then == "loop" {
				o.StartTimeout = 400 * time.Millisecond
			}
			_, err := ipc.NewPool(context.Background(), o)
			require.ErrorIs(t, err, ipc.ErrStart)
			require.ErrorContains(t, err, "the initializer")
			require.ErrorContains(t, err, want)
			require.NotErrorIs(t, err, ipc.ErrProcessDied, "no call has died")
			require.Equal(t, then == "fail", errors.Is(err, errOrdered))
			var panicked *ipc.PanicError
			require.Equal(t, then == "panic", errors.As(err, &panicked))
			require.Empty(t, before.Wait(leak.Grace))
		})
	}
	t.Run("later", func(t *testing.T) {
		// A folder that is gone when the second worker begins.
		dir := filepath.Join(t.TempDir(), "folder")
		require.NoError(t, os.Mkdir(dir, 0o700))
		pool := newPool(t, ipc.PoolOptions{Workers: 1, Initializer: notes.Bind(note{Path: filepath.Join(dir, "notes")})})
		require.NoError(t, os.RemoveAll(dir))
		require.NoError(t, syscall.Kill(pool.Workers()[0].Pid, syscall.SIGKILL))
		_, err := square.On(pool)(t.Context(), 3)
		require.ErrorIs(t, err, ipc.ErrStart)
		require.ErrorIs(t, err, os.ErrNotExist)
		require.GreaterOrEqual(t, pool.Stats().FailedStarts, int64(3))
	})
}

// Terminate does not wait for an initializer.
func TestTerminateDuringInitializer(t *testing.T) {
	path, meet := rendezvous(t)
	go meet() // the first worker, and no other
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Launch: ipc.Launch{StartTimeout: time.Hour}, Initializer: reads.Bind(path)})
	go func() { _, _ = endless.On(pool)(t.Context(), none{}) }()
	go func() { _, _ = endless.On(pool)(t.Context(), none{}) }()
	require.Eventually(t, func() bool { return pool.Stats().Waiting == 1 }, 10*time.Second, time.Millisecond)
	within(t, func() none { pool.Close(); return none{} })
}

// However a finalizer ends, Close ends.
func TestFinalizerFails(t *testing.T) {
	for then, want := range map[string]string{
		"fail": "failed as ordered", "panic": "panicked as ordered", "exit": "exited with status 5",
		"kill": "was ended by signal 9", "wait": "deadline exceeded", "loop": "deadline exceeded",
	} {
		t.Run(then, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "notes")
			o := ipc.PoolOptions{Workers: 1, Finalizer: notes.Bind(note{Path: path, Text: "bye", Then: then})}
			if then == "wait" || then == "loop" {
				o.StartTimeout = 400 * time.Millisecond
			}
			pool := newPool(t, o)
			require.NoError(t, pool.Shutdown(context.Background()))
			require.Len(t, noted(t, path), 1)
			require.ErrorContains(t, pool.Stats().StopError, "the finalizer")
			require.ErrorContains(t, pool.Stats().StopError, want)
			require.Zero(t, pool.Stats().Died)
		})
	}
}

var anything = ipc.Func("ipc_test.anything", func(context.Context, any) (int, error) { return 0, nil }, ipc.FuncOptions{Types: []any{note{}}})

func TestWithPanics(t *testing.T) {
	require.PanicsWithValue(t, "ipc: ipc_test.anything.Bind: the argument cannot travel: "+unencodable(t), func() { anything.Bind(order{}) })
}

// unencodable returns why an order is no argument of anything.
func unencodable(t *testing.T) string {
	_, err := anything.On(newPool(t, ipc.PoolOptions{}))(t.Context(), order{})
	require.Error(t, err)
	_, why, _ := strings.Cut(err.Error(), "cannot travel: ")
	return why
}
