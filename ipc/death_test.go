//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/halt"
	"github.com/fanfold/fanfold/ipc"
)

var (
	// deserts leaves its process group for its parent's, and heeds nothing.
	deserts = ipc.Func("deserts", func(_ context.Context, path string) (int, error) {
		group, err := syscall.Getpgid(os.Getppid())
		if err != nil {
			return 0, err
		}
		if err := syscall.Setpgid(0, group); err != nil {
			return 0, err
		}
		if _, err := os.ReadFile(path); err != nil {
			return 0, err
		}
		select {}
	})
	// leaves exits when its ctx ends, without a word.
	leaves = ipc.Func("leaves", func(ctx context.Context, _ none) (int, error) {
		<-ctx.Done()
		os.Exit(1)
		return 0, nil
	}, ipc.FuncOptions{Idempotent: true})
	// bequeaths dies, but something outside of its group keeps its standard
	// error. It writes the process id of that into a file.
	bequeaths = ipc.Func("bequeaths", func(_ context.Context, path string) (int, error) {
		cmd := exec.Command("sleep", "1000")
		cmd.Stderr = os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			return 0, err
		}
		if err := os.WriteFile(path, []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
			return 0, err
		}
		os.Exit(9)
		return 0, nil
	})
	deathwish = func(context.Context, none) (int, error) { return 0, syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	diesOf1   = ipc.Func("dies of 1", deathwish, ipc.FuncOptions{Idempotent: true, Attempts: 1})
	diesOf5   = ipc.Func("dies of 5", deathwish, ipc.FuncOptions{Idempotent: true, Attempts: 5})

	overflows = ipc.Func("overflows", func(context.Context, none) (int, error) {
		debug.SetMaxStack(64 << 10)
		return descend(0), nil
	})
	unlocks = ipc.Func("unlocks", func(context.Context, none) (int, error) {
		var mu sync.Mutex
		mu.Unlock()
		return 0, nil
	})
	// crowded crashes with more goroutines than a report has room for.
	crowded = ipc.Func("crowded", func(context.Context, none) (int, error) {
		debug.SetTraceback("all")
		for range 1000 {
			go func() { select {} }()
		}
		go explode("too many of us")
		select {}
	})
)

// descend comes back when it has counted beyond the largest int: no stack is
// that large.
func descend(n int) int {
	if n < 0 {
		return 0
	}
	return descend(n+1) + 1
}

// within returns what f does, and fails the test if that takes so long that it
// will never happen.
func within[T any](t *testing.T, f func() T) (result T) {
	t.Helper()
	results := make(chan T, 1)
	go func() { results <- f() }()
	select {
	case result = <-results:
	case <-time.After(time.Minute):
		t.Fatal("it hangs")
	}
	return result
}

// A rendezvous is a named pipe: the test's write returns when a function reads.
func rendezvous(t *testing.T) (path string, meet func()) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "rendezvous")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	return path, func() {
		t.Helper()
		require.NoError(t, within(t, func() error { return os.WriteFile(path, nil, 0) }))
	}
}

// Leaving its process group saves no worker.
func TestDeserter(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	worker := pool.Workers()[0].Pid
	t.Cleanup(func() { _ = syscall.Kill(worker, syscall.SIGKILL) }) // before Close, if the test fails
	path, meet := rendezvous(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := deserts.On(pool)(ctx, path); ended <- err }()
	meet()
	cancel()
	require.ErrorIs(t, within(t, func() error { return <-ended }), context.Canceled)
	require.False(t, alive(worker))
}

// A worker that exits when it hears that its call is over has not died of it.
func TestExitAtEndOfCtx(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Grace: time.Minute}})
	cause := errors.New("time is up")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(cause) })
	_, err := leaves.On(pool)(ctx, none{})
	require.ErrorIs(t, err, cause)
	require.Zero(t, pool.Stats().Retried)
}

// A worker's output has ended when the worker has, whoever else may still write.
func TestHeldOutput(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	path := filepath.Join(t.TempDir(), "pid")
	t.Cleanup(func() {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		pid, err := strconv.Atoi(string(text))
		require.NoError(t, err)
		require.True(t, alive(pid), "it was not the pool's to kill")
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	})
	err := within(t, func() error { _, err := bequeaths.On(pool)(t.Context(), path); return err })
	var died *ipc.ProcessDiedError
	require.ErrorAs(t, err, &died)
	require.Equal(t, 9, died.ExitCode)
}

func TestAttempts(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	for want, f := range map[int]*ipc.Function[none, int]{1: diesOf1, 5: diesOf5} {
		before := pool.Stats()
		_, err := f.On(pool)(t.Context(), none{})
		var died *ipc.ProcessDiedError
		require.ErrorAs(t, err, &died)
		require.ErrorIs(t, err, ipc.ErrPoison)
		require.Equal(t, want, died.Attempts)
		require.EqualValues(t, want, pool.Stats().Died-before.Died)
		require.EqualValues(t, want-1, pool.Stats().Retried-before.Retried)
	}
}

// A crash report begins with its cause, and ends.
func TestCrashReport(t *testing.T) {
	var forwarded lockedBuffer
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stderr: &forwarded}})
	for want, f := range map[string]*ipc.Function[none, int]{
		"fatal error: stack overflow\n":                 overflows,
		"fatal error: sync: unlock of unlocked mutex\n": unlocks,
		"panic: too many of us\n\ngoroutine ":           crowded,
	} {
		_, err := f.On(pool)(t.Context(), none{})
		var died *ipc.ProcessDiedError
		require.ErrorAs(t, err, &died)
		require.Equal(t, 2, died.ExitCode)
		require.True(t, strings.HasPrefix(string(died.Crash), want), "%.200s", died.Crash)
		require.Contains(t, string(died.Crash), "\ngoroutine ")
		require.LessOrEqual(t, len(died.Crash), 64<<10)
		require.ErrorContains(t, err, strings.Split(want, "\n")[0])
		if f == crowded {
			require.Greater(t, len(died.Crash), 63<<10, "there was more to tell")
		}
	}
}

// An argument that was not read whole was not started.
func TestKilledWhileReading(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	worker := pool.Workers()[0].Pid
	halt.Process(t, worker)
	in := make([]byte, 1<<20)
	result := make(chan error)
	go func() {
		out, err := echo.On(pool)(t.Context(), in)
		if err == nil && len(out) != len(in) {
			err = errors.New("a result of another length")
		}
		result <- err
	}()
	require.Eventually(t, func() bool { return pool.Stats().Idle == 0 }, 10*time.Second, time.Millisecond)
	require.NoError(t, syscall.Kill(worker, syscall.SIGKILL))
	require.NoError(t, <-result)
	require.EqualValues(t, 1, pool.Stats().Retried)
}

// A worker that dies takes its descriptors along, without the collector's help,
// and its place among the idle.
func TestNothingOfTheDead(t *testing.T) {
	open := func() int {
		list, err := os.ReadDir("/dev/fd")
		require.NoError(t, err)
		return len(list)
	}
	rings := func() int { // that this process has mapped
		text, _ := os.ReadFile("/proc/self/maps") // where there is such a thing
		return strings.Count(string(text), "fanfold-ring")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	before, memory := open(), rings()
	for n := range int64(10) {
		if n%2 == 0 {
			_, err := exits.On(pool)(t.Context(), 0)
			require.ErrorIs(t, err, ipc.ErrProcessDied)
		} else {
			require.NoError(t, syscall.Kill(pool.Workers()[0].Pid, syscall.SIGKILL))
		}
		var s ipc.PoolStats
		require.Eventually(t, func() bool { s = pool.Stats(); return s.Died == n+1 }, 10*time.Second, 100*time.Microsecond)
		require.LessOrEqual(t, s.Idle, s.Workers)
		_, err := square.On(pool)(t.Context(), 1)
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return open() == before && rings() == memory }, 10*time.Second, time.Millisecond)
}
