//go:build unix

package ipc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/halt"
	"github.com/fanfold/fanfold/ipc"
)

type none = struct{}

func TestPoolRunsElsewhere(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Env: []string{"IPC_TEST_VALUE=told"}}})
	isWorker, err := role.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.True(t, isWorker)
	got, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	workers := pool.Workers()
	require.Len(t, workers, 1)
	require.Equal(t, workers[0].Pid, got)
	require.NotEqual(t, syscall.Getpid(), got)
	group, err := unix.Getpgid(got)
	require.NoError(t, err)
	require.Equal(t, got, group, "a worker leads a process group of its own")
	value, err := env.On(pool)(t.Context(), "IPC_TEST_VALUE")
	require.NoError(t, err)
	require.Equal(t, "told", value)
	value, err = env.On(pool)(t.Context(), "FANFOLD_IPC_WORKER")
	require.NoError(t, err)
	require.Empty(t, value, "the role is not for the functions to see")
}

func TestPoolGrowsWithDemand(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 3, Launch: ipc.Launch{Grace: time.Minute}})
	require.Equal(t, 1, pool.Stats().Workers, "the first worker proves that the others will work")
	ctx, cancel := context.WithCancel(t.Context())
	var calls sync.WaitGroup
	for range 5 {
		calls.Go(func() { obedient.On(pool)(ctx, none{}) })
	}
	require.Eventually(t, func() bool {
		s := pool.Stats()
		return s.Workers == 3 && s.Idle == 0 && s.Waiting == 2
	}, 10*time.Second, time.Millisecond)
	for _, w := range pool.Workers() {
		require.Equal(t, ipc.WorkerBusy, w.State)
		require.Equal(t, "obedient", w.Func)
		require.EqualValues(t, 1, w.Calls)
	}
	cancel()
	calls.Wait()
	require.Zero(t, pool.Stats().Killed, "nobody who heeds its ctx is killed")
}

// Whatever a function does with its ctx, the call is over soon after the ctx is, its
// worker is gone if it had to be, and the next call finds another.
func TestDeadline(t *testing.T) {
	cases := []struct {
		name  string
		f     func(ipc.Carrier) func(context.Context, none) error
		grace time.Duration
		kills int64
	}{
		{"obedient", ignoreResult(obedient), time.Minute, 0},
		{"endless", ignoreResult(endless), 0, 1},
		{"endless, at once", ignoreResult(endless), -1, 1},
		{"stuck forever", ignoreResult(stuck), 0, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Grace: c.grace}})
			first, err := pid.On(pool)(t.Context(), none{})
			require.NoError(t, err)
			cause := errors.New("too slow")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, cause)
			defer cancel()
			require.ErrorIs(t, c.f(pool)(ctx, none{}), cause)
			second, err := pid.On(pool)(t.Context(), none{})
			require.NoError(t, err)
			s := pool.Stats()
			require.Equal(t, c.kills, s.Killed)
			require.Zero(t, s.Died)
			if c.kills > 0 {
				require.NotEqual(t, first, second)
				require.Equal(t, syscall.ESRCH, syscall.Kill(first, 0), "the worker is dead and reaped")
			} else {
				require.Equal(t, first, second)
			}
		})
	}
}

func ignoreResult[T any](f *ipc.Function[none, T]) func(ipc.Carrier) func(context.Context, none) error {
	return func(c ipc.Carrier) func(context.Context, none) error {
		return func(ctx context.Context, in none) error { _, err := f.On(c)(ctx, in); return err }
	}
}

// A stopped process heeds nothing but SIGKILL, and takes nothing from its pipes.
func TestStoppedWorker(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	worker := pool.Workers()[0].Pid
	halt.Process(t, worker)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := echo.On(pool)(ctx, make([]byte, 10<<20)) // more than a pipe holds
		ended <- err
	}()
	require.Eventually(t, func() bool { return pool.Workers()[0].State == ipc.WorkerBusy }, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	got, err := square.On(pool)(t.Context(), 5)
	require.NoError(t, err)
	require.Equal(t, 25, got)
}

func TestWorkerDies(t *testing.T) {
	var forwarded lockedBuffer
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Launch: ipc.Launch{Stderr: &forwarded}})
	die := func(t *testing.T, run func() error) *ipc.ProcessDiedError {
		t.Helper()
		err := run()
		var died *ipc.ProcessDiedError
		require.ErrorAs(t, err, &died)
		require.ErrorIs(t, err, ipc.ErrProcessDied)
		require.NotZero(t, died.Pid)
		got, err := square.On(pool)(t.Context(), 4)
		require.NoError(t, err, "the pool must survive its workers")
		require.Equal(t, 16, got)
		return died
	}
	t.Run("exit", func(t *testing.T) {
		for _, code := range []int{0, 1, 7} { // 0 too: it has not answered
			died := die(t, func() error { _, err := exits.On(pool)(t.Context(), code); return err })
			require.Equal(t, code, died.ExitCode)
			require.Zero(t, died.Signal)
			require.Equal(t, "exits", died.Func)
			require.NotErrorIs(t, died, ipc.ErrPoison)
			require.ErrorContains(t, died, fmt.Sprintf("exited with status %d", code))
		}
	})
	t.Run("crash", func(t *testing.T) {
		died := die(t, func() error { _, err := crashes.On(pool)(t.Context(), "nobody recovers this"); return err })
		require.Equal(t, 2, died.ExitCode)
		require.Contains(t, string(died.Crash), "panic: nobody recovers this")
		require.Contains(t, string(died.Crash), "ipc_test.explode")
		require.ErrorContains(t, died, "panic: nobody recovers this")
	})
	t.Run("last words", func(t *testing.T) {
		died := die(t, func() error { _, err := complains.On(pool)(t.Context(), "I have had enough"); return err })
		require.LessOrEqual(t, len(died.Stderr), 8<<10)
		require.True(t, bytes.HasSuffix(died.Stderr, []byte("I have had enough\n")))
		require.ErrorContains(t, died, "I have had enough")
		require.Contains(t, forwarded.String(), "…\nI have had enough\n")
	})
	t.Run("poison", func(t *testing.T) {
		before := pool.Stats().Died
		died := die(t, func() error { _, err := dies.On(pool)(t.Context(), none{}); return err })
		require.ErrorIs(t, died, ipc.ErrPoison)
		require.Equal(t, 3, died.Attempts)
		require.Equal(t, syscall.SIGKILL, died.Signal)
		require.Equal(t, -1, died.ExitCode)
		require.EqualValues(t, 3, pool.Stats().Died-before)
	})
	t.Run("tried again", func(t *testing.T) {
		before := pool.Stats()
		worker, err := diesOnce.On(pool)(t.Context(), filepath.Join(t.TempDir(), "flag"))
		require.NoError(t, err)
		require.NotZero(t, worker)
		require.EqualValues(t, 1, pool.Stats().Died-before.Died)
		require.EqualValues(t, 1, pool.Stats().Retried-before.Retried)
	})
	t.Run("nonsense in its pipe", func(t *testing.T) {
		answersInPipes(t)
		died := die(t, func() error {
			_, err := babbles.On(pool)(t.Context(), "this is no frame, and it is longer than a header")
			return err
		})
		require.ErrorIs(t, died, ipc.ErrProtocol)
		require.ErrorContains(t, died, "protocol violation")
	})
	t.Run("a length beyond the limit in its pipe", func(t *testing.T) {
		answersInPipes(t)
		head := []byte("\x04\x00\x00\x00\x1d\xf0\xa7\x0f\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f")
		died := die(t, func() error { _, err := babbles.On(pool)(t.Context(), string(head)); return err })
		require.ErrorContains(t, died.Protocol, "the limit is 268435456")
		require.ErrorContains(t, died, "the limit is 268435456")
	})
	t.Run("its pipe closed", func(t *testing.T) {
		answersInPipes(t)
		died := die(t, func() error { _, err := closes.On(pool)(t.Context(), none{}); return err })
		require.Equal(t, syscall.SIGKILL, died.Signal)
	})
	t.Run("goexit", func(t *testing.T) {
		for range 3 { // the worker survives it
			_, err := goexits.On(pool)(t.Context(), none{})
			require.ErrorIs(t, err, ipc.ErrGoexit)
		}
	})
	t.Run("an error that panics", func(t *testing.T) {
		_, err := fail.On(pool)(t.Context(), "rude")
		require.ErrorContains(t, err, "ipc_test.rudeError, whose Error method panics")
	})
}

// A call that had not started when its worker died is as good as new, whatever
// it is: not idempotent here.
func TestIdleWorkerKilled(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	for range effort.Times(20, 5, 100) {
		worker := pool.Workers()[0].Pid
		require.NoError(t, syscall.Kill(worker, syscall.SIGKILL))
		got, err := square.On(pool)(t.Context(), 9)
		require.NoError(t, err)
		require.Equal(t, 81, got)
	}
}

func TestMaxMessage(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{MaxMessage: 1 << 10}})
	var large *ipc.TooLargeError
	_, err := echo.On(pool)(t.Context(), make([]byte, 1<<10))
	require.ErrorAs(t, err, &large)
	require.Equal(t, "argument", large.What)
	require.Equal(t, 1<<10, large.Limit)
	require.Greater(t, large.Size, 1<<10)
	_, err = grow.On(pool)(t.Context(), 1<<20)
	require.ErrorAs(t, err, &large)
	require.Equal(t, "result", large.What)
	require.Equal(t, 1<<10, large.Limit)
	require.Greater(t, large.Size, 1<<20)
	require.ErrorContains(t, err, "the limit is 1024")
	require.EqualValues(t, 1, pool.Stats().Spawned, "no worker is hurt")
}

func TestClose(t *testing.T) {
	t.Run("drains", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1})
		ctx, cancel := context.WithCancel(t.Context())
		results := make(chan error)
		for range 3 {
			go func() {
				_, err := late.On(pool)(ctx, none{})
				results <- err
			}()
		}
		require.Eventually(t, func() bool { return pool.Stats().Waiting == 2 }, 10*time.Second, time.Millisecond)
		closed := make(chan error)
		go func() { closed <- pool.Shutdown(context.Background()) }()
		go func() { closed <- pool.Shutdown(context.Background()) }()
		require.Eventually(t, func() bool {
			short, stop := context.WithTimeout(t.Context(), time.Millisecond)
			defer stop()
			_, err := square.On(pool)(short, 1)
			return errors.Is(err, ipc.ErrClosed)
		}, 10*time.Second, time.Millisecond)
		select {
		case <-closed:
			t.Fatal("Close returned before the calls did")
		default:
		}
		cancel()
		waited := 0
		for range 3 {
			if err := <-results; err != nil {
				require.ErrorIs(t, err, context.Canceled) // it was still waiting for a worker
				waited++
			}
		}
		require.LessOrEqual(t, waited, 2)
		require.NoError(t, <-closed)
		require.NoError(t, <-closed)
		require.Empty(t, pool.Workers())
		require.Zero(t, pool.Stats().Died)
	})
	t.Run("terminates", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 2})
		results := make(chan error)
		for range 5 {
			go func() {
				_, err := endless.On(pool)(t.Context(), none{})
				results <- err
			}()
		}
		require.Eventually(t, func() bool {
			s := pool.Stats()
			return s.Waiting == 3 && s.Workers == 2
		}, 10*time.Second, time.Millisecond)
		pool.Close()
		for range 5 {
			require.ErrorIs(t, <-results, ipc.ErrClosed)
		}
		_, err := square.On(pool)(t.Context(), 1)
		require.ErrorIs(t, err, ipc.ErrClosed)
		pool.Close()
		require.NoError(t, pool.Shutdown(context.Background()))
		require.Empty(t, pool.Workers())
	})
}

func TestWaitingEndsWithCtx(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	blocker := make(chan error)
	go func() { _, err := obedient.On(pool)(ctx, none{}); blocker <- err }()
	require.Eventually(t, func() bool { return pool.Stats().Idle == 0 }, 10*time.Second, time.Millisecond)
	short, stop := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer stop()
	_, err := square.On(pool)(short, 1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Zero(t, pool.Stats().Waiting)
	cancel()
	require.ErrorIs(t, <-blocker, context.Canceled)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
