//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/halt"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A process that ends with a lock, in whatever way, leaves it to others, who are told
// until the lock is marked.
func TestOwnerDied(t *testing.T) {
	for _, how := range []string{"die with the lock", "exit with the lock", "close with the lock"} {
		t.Run(how, func(t *testing.T) {
			b := newBundle(t)
			pool := newPool(t, ipc.PoolOptions{Workers: 1})
			b.Do = how
			_, err := work.On(pool)(t.Context(), b)
			require.Equal(t, how == "close with the lock", err == nil, "%v", err)
			for range 2 {
				err = b.Lock.LockContext(t.Context())
				var died *shm.OwnerDiedError
				require.ErrorAs(t, err, &died)
				require.ErrorIs(t, err, shm.ErrOwnerDied)
				require.NotZero(t, died.Pid)
				require.Equal(t, os.Getpid(), b.Lock.Holder())
				b.Lock.Unlock()
			}
			require.False(t, b.Lock.TryLock())
			require.Panics(t, b.Lock.Lock)
			require.True(t, b.Lock.Locked(), "Lock panics with the lock held")
			b.Lock.MarkConsistent()
			b.Lock.Unlock()
			require.True(t, b.Lock.TryLock())
			b.Lock.Unlock()
		})
	}
}

// A waiting goroutine gets the lock of a process that is killed.
func TestWaitForTheDead(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Grace: -1}})
	for range effort.Times(5, 2, 100) {
		b.Do = "hold"
		ctx, cancel := context.WithCancel(t.Context())
		held := make(chan error, 1)
		go func() {
			_, err := work.On(pool)(ctx, b)
			held <- err
		}()
		require.Eventually(t, func() bool { h := b.Lock.Holder(); return h != 0 && h != os.Getpid() }, 10*time.Second, 100*time.Microsecond)
		got := make(chan error, 1)
		go func() { got <- b.Lock.LockContext(t.Context()) }()
		cancel() // kills the worker
		require.ErrorIs(t, <-held, context.Canceled)
		select {
		case err := <-got:
			require.ErrorIs(t, err, shm.ErrOwnerDied)
		case <-time.After(10 * time.Second):
			require.Fail(t, "nobody gives the lock back")
		}
		b.Lock.MarkConsistent()
		b.Lock.Unlock()
	}
}

// A holder that is stopped is waited for: others go on when their ctx ends, and the lock
// is the holder's when that goes on.
func TestHolderStopped(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	b.Do = "hold"
	hold, release := context.WithCancel(t.Context())
	held := make(chan error, 1)
	go func() {
		_, err := work.On(pool)(hold, b)
		held <- err
	}()
	require.Eventually(t, func() bool { h := b.Lock.Holder(); return h != 0 && h != os.Getpid() }, 10*time.Second, 100*time.Microsecond)
	holder := b.Lock.Holder()
	halt.Process(t, holder)
	ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond) // longer than a leader sleeps
	defer cancel()
	require.ErrorIs(t, b.Lock.LockContext(ctx), context.DeadlineExceeded)
	require.Equal(t, holder, b.Lock.Holder())
	require.Zero(t, b.Memory.Stats().Deaths)
	require.NoError(t, syscall.Kill(holder, syscall.SIGCONT))
	release() // the function ends, or its process is killed after the grace
	<-held
	err := b.Lock.LockContext(t.Context())
	if err != nil {
		require.ErrorIs(t, err, shm.ErrOwnerDied)
		b.Lock.MarkConsistent()
	}
	b.Lock.Unlock()
}

// A process that is killed while it changes a value changes nothing.
func TestValueOfTheDead(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	b.Do = "die with the value"
	_, err := work.On(pool)(t.Context(), b)
	require.ErrorIs(t, err, ipc.ErrProcessDied)
	require.Equal(t, point{Name: [5]byte{1, 2, 3, 4, 5}}, b.Point.Load())
	require.NoError(t, b.Point.With(t.Context(), func(p *point) error { p.X = 1; return nil }))
	require.EqualValues(t, 1, b.Point.Load().X)
}

// Processes are killed at any moment of their work: every acknowledged change is there.
func TestKills(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	b.Rounds = 50
	var acknowledged int
	var mu sync.Mutex
	var all sync.WaitGroup
	failures := make(chan error, 1000)
	kills := effort.Times(20, 8, 500)
	stop := make(chan struct{})
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, err := work.On(pool)(t.Context(), b)
				switch {
				case err == nil:
					mu.Lock()
					acknowledged += b.Rounds
					mu.Unlock()
				case !errors.Is(err, ipc.ErrProcessDied):
					failures <- err
					return
				}
			}
		})
	}
	for range kills {
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		for _, w := range pool.Workers() {
			if w.State != ipc.WorkerStarting {
				syscall.Kill(w.Pid, syscall.SIGKILL)
				break
			}
		}
	}
	close(stop)
	all.Wait()
	require.Empty(t, failures)
	err := b.Lock.LockContext(t.Context())
	if errors.Is(err, shm.ErrOwnerDied) {
		repair(b)
		err = nil
	}
	require.NoError(t, err)
	require.GreaterOrEqual(t, b.Cells.Slice()[0], int64(acknowledged))
	require.Equal(t, b.Cells.Slice()[0], b.Cells.Slice()[1])
	require.GreaterOrEqual(t, b.Hits.Load(), acknowledged)
	p := b.Point.Load()
	require.Equal(t, p.X, -p.Y)
	t.Logf("%d rounds acknowledged, %d deaths", acknowledged, b.Memory.Stats().Deaths)
	b.Lock.Unlock()
}
