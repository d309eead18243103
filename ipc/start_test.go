//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// brokenStart names a folder that spoils the start of workers: each file in it
// spoils one start, in a way that its name begins with, and is removed.
const brokenStart = "IPC_TEST_BROKEN_START"

func init() {
	dir := os.Getenv(brokenStart)
	if dir == "" || !ipc.InWorker() {
		return
	}
	spoilers, _ := os.ReadDir(dir)
	for _, s := range spoilers {
		path := filepath.Join(dir, s.Name())
		how, _, _ := strings.Cut(s.Name(), " ")
		switch how {
		case "exit":
			os.Remove(path)
			os.Exit(9)
		case "kill":
			os.Remove(path)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case "hang":
			os.Remove(path)
			<-time.After(time.Hour)
		}
	}
}

// spoil returns a folder that spoils as many starts as hows are given, and the
// option that makes a pool suffer from it.
func spoil(t *testing.T, hows ...string) (dir, option string) {
	t.Helper()
	dir = t.TempDir()
	for i, how := range hows {
		spoilMore(t, dir, how, i)
	}
	return dir, brokenStart + "=" + dir
}

// spoilMore spoils one start more.
func spoilMore(t *testing.T, dir, how string, n int) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(how, " ", n)), nil, 0o600))
}

// NewPool does not try twice, says what was wrong, and leaves nothing behind.
func TestFirstStart(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which would close what was forgotten
	for how, want := range map[string]string{
		"exit": "exited with status 9",
		"kill": "was ended by signal 9",
		"hang": "did not report within 50ms",
	} {
		t.Run(how, func(t *testing.T) {
			before := leak.Take()
			_, option := spoil(t, how)
			_, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Launch: ipc.Launch{Env: []string{option}, StartTimeout: timeout(how)}})
			require.ErrorIs(t, err, ipc.ErrStart)
			require.NotErrorIs(t, err, ipc.ErrProcessDied, "no call has died")
			require.ErrorContains(t, err, want)
			require.Empty(t, before.Wait(leak.Grace))
		})
	}
}

// timeout returns 0, which stands for 10 s, unless that is what is waited for.
func timeout(how string) time.Duration {
	if how == "hang" {
		return 50 * time.Millisecond
	}
	return 0
}

// Starts that fail are tried again, unseen by the calls, but not forever.
func TestLaterStarts(t *testing.T) {
	cases := []struct {
		name   string
		hows   []string
		fails  int64
		failed bool
	}{
		{"one exits", []string{"exit"}, 1, false},
		{"somebody kills two", []string{"kill", "kill"}, 2, false},
		{"three exit", []string{"exit", "exit", "exit"}, 3, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir, option := spoil(t)
			pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Env: []string{option}}})
			for i, how := range c.hows {
				require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(how, " ", i)), nil, 0o600))
			}
			require.NoError(t, syscall.Kill(pool.Workers()[0].Pid, syscall.SIGKILL))
			got, err := square.On(pool)(t.Context(), 3)
			if c.failed {
				require.ErrorIs(t, err, ipc.ErrStart)
				require.NotErrorIs(t, err, ipc.ErrProcessDied)
				got, err = square.On(pool)(t.Context(), 3)
			}
			require.NoError(t, err)
			require.Equal(t, 9, got)
			s := pool.Stats()
			require.Equal(t, c.fails, s.FailedStarts)
			require.ErrorIs(t, s.StartError, ipc.ErrStart)
			require.EqualValues(t, 2, s.Spawned)
			require.EqualValues(t, 1, s.Died, "a worker that never served is not one that died")
		})
	}
}

// What Env says comes before what a worker inherits, and later before earlier.
func TestEnv(t *testing.T) {
	t.Setenv("IPC_TEST_VALUE", "inherited")
	for want, more := range map[string][]string{
		"inherited": nil,
		"told":      {"IPC_TEST_VALUE=told"},
		"":          {"IPC_TEST_VALUE="},
		"a=b":       {"IPC_TEST_VALUE=first", "IPC_TEST_OTHER=x", "IPC_TEST_VALUE=a=b"},
	} {
		got, err := env.On(newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Env: more}}))(t.Context(), "IPC_TEST_VALUE")
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

var environ = ipc.Func("environ", func(context.Context, none) ([]string, error) { return os.Environ(), nil })

// Nothing of the environment goes to processes that are to have one of their own.
func TestOnlyEnv(t *testing.T) {
	t.Setenv("IPC_TEST_SECRET", "hush")
	for _, want := range [][]string{nil, {"A=1", "B="}} {
		pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Env: want, CleanEnv: true}})
		got, err := environ.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		require.ElementsMatch(t, want, got)
		p := ipc.NewProcess(environ, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Env: want, CleanEnv: true}})
		require.NoError(t, p.Start(t.Context()))
		got, err = p.Result(t.Context())
		require.NoError(t, err)
		require.ElementsMatch(t, want, got)
	}
}

// Terminate waits for nobody, and starts nothing for the calls that wait.
func TestTerminate(t *testing.T) {
	dir, option := spoil(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Launch: ipc.Launch{Env: []string{option}, StartTimeout: time.Hour}})
	hang := filepath.Join(dir, "hang")
	require.NoError(t, os.WriteFile(hang, nil, 0o600))
	ended := make(chan error, 4)
	for range cap(ended) {
		go func() { _, err := endless.On(pool)(t.Context(), none{}); ended <- err }()
	}
	require.Eventually(t, func() bool {
		_, err := os.Stat(hang)
		return os.IsNotExist(err) && pool.Stats().Waiting == cap(ended)-1
	}, 10*time.Second, time.Millisecond)
	within(t, func() none { pool.Close(); return none{} })
	for range cap(ended) {
		require.ErrorIs(t, <-ended, ipc.ErrClosed)
	}
	s := pool.Stats()
	require.EqualValues(t, 1, s.Spawned)
	require.LessOrEqual(t, s.FailedStarts, int64(1), "the one that hung")
	require.Zero(t, s.Workers)
}

// Close lets the workers go when there are no calls left for them, not before.
func TestCloseServesTheQueue(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	path, meet := rendezvous(t)
	results := make(chan error, 3)
	go func() { _, err := reads.On(pool)(t.Context(), path); results <- err }()
	require.Eventually(t, func() bool { return pool.Stats().Idle == 0 }, 10*time.Second, time.Millisecond)
	for range cap(results) - 1 {
		go func() { _, err := square.On(pool)(t.Context(), 1); results <- err }()
	}
	require.Eventually(t, func() bool { return pool.Stats().Waiting == cap(results)-1 }, 10*time.Second, time.Millisecond)
	closed := make(chan error, 1)
	go func() { closed <- pool.Shutdown(context.Background()) }()
	untilClosed(t, pool)
	meet()
	for range cap(results) {
		require.NoError(t, <-results)
	}
	require.NoError(t, <-closed)
	s := pool.Stats()
	require.Zero(t, s.Retried)
	require.EqualValues(t, 1, s.Spawned)
}

// untilClosed returns when the pool takes no more calls.
func untilClosed(t *testing.T, pool *ipc.Pool) {
	t.Helper()
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := pool.Carry(ctx, ipc.Call{Func: "square"})
		return errors.Is(err, ipc.ErrClosed)
	}, 10*time.Second, time.Millisecond)
}

// reads returns when somebody has written to the named pipe.
var reads = ipc.Func("reads", func(_ context.Context, path string) ([]byte, error) { return os.ReadFile(path) })

// A pool does not even count a call whose ctx has ended.
func TestCarryOfTheDead(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCustom)
	_, err := pool.Carry(ctx, ipc.Call{Func: "exits"})
	require.ErrorIs(t, err, errCustom)
	require.Zero(t, pool.Stats().Calls)
}
