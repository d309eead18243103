//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

type point struct {
	X, Y int32
	Name [5]byte
}

// A bundle is objects of one memory, some of them twice.
type bundle struct {
	Memory *shm.Memory
	Lock   *shm.Lock
	Again  *shm.Lock
	Hits   *shm.Number[int]
	Ratio  *shm.Number[float32]
	Point  *shm.Value[point]
	Cells  *shm.Array[int64]
	Rounds int
	Do     string
}

var work = ipc.Func("shm_test.work", func(ctx context.Context, b bundle) (string, error) {
	switch b.Do {
	case "same":
		if b.Lock != b.Again {
			return "", errors.New("one lock has become two")
		}
		return "same", nil
	case "die with the lock":
		b.Lock.Lock()
		b.Cells.Slice()[0]++
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "die with the value":
		return "", b.Point.With(ctx, func(p *point) error {
			p.X = 99
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		})
	case "exit with the lock":
		b.Lock.Lock()
		os.Exit(0)
	case "close with the lock":
		b.Lock.Lock()
		return "closed", b.Memory.Close()
	case "hold":
		b.Lock.Lock()
		defer b.Lock.Unlock()
		<-ctx.Done()
		return "", context.Cause(ctx)
	}
	for range b.Rounds {
		err := b.Lock.LockContext(ctx)
		if errors.Is(err, shm.ErrOwnerDied) {
			repair(b)
			err = nil
		}
		if err != nil {
			return "", err
		}
		b.Cells.Slice()[0]++
		b.Cells.Slice()[1]++
		b.Lock.Unlock()
		b.Hits.Add(1)
		b.Ratio.Add(0.5)
		shm.AddAt(b.Cells, 2, 1)
		if err = b.Point.With(ctx, func(p *point) error { p.X++; p.Y--; return nil }); err != nil {
			return "", err
		}
		if p := b.Point.Load(); p.X != -p.Y {
			return "", errors.New("a value was seen half changed")
		}
	}
	return "worked", nil
})

// repair makes what the lock guards consistent.
func repair(b bundle) {
	cells := b.Cells.Slice()
	cells[0], cells[1] = max(cells[0], cells[1]), max(cells[0], cells[1])
	b.Lock.MarkConsistent()
}

func newBundle(t *testing.T) bundle {
	t.Helper()
	m, err := shm.NewMemory()
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	b := bundle{Memory: m}
	b.Lock, err = shm.NewLock(m)
	require.NoError(t, err)
	b.Again = b.Lock
	b.Hits, err = shm.NewNumber(m, 0)
	require.NoError(t, err)
	b.Ratio, err = shm.NewNumber(m, float32(1))
	require.NoError(t, err)
	b.Point, err = shm.NewValue(m, point{Name: [5]byte{1, 2, 3, 4, 5}})
	require.NoError(t, err)
	b.Cells, err = shm.NewArray[int64](m, 100)
	require.NoError(t, err)
	return b
}

func newPool(t *testing.T, options ipc.PoolOptions) *ipc.Pool {
	t.Helper()
	pool, err := ipc.NewPool(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { pool.Close() })
	return pool
}

// Several processes change the same objects, and nothing is lost.
func TestProcesses(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	b.Rounds = effort.Times(300, 100, 5000)
	const calls = 6
	var all sync.WaitGroup
	results := make(chan error, calls+1)
	for i := range calls {
		all.Go(func() {
			if i%3 == 2 { // a goroutine of this process
				call := work.Bind(b)
				_, err := call.Run(t.Context())
				results <- err
				return
			}
			_, err := work.On(pool)(t.Context(), b)
			results <- err
		})
	}
	all.Wait()
	for range calls {
		require.NoError(t, <-results)
	}
	n := calls * b.Rounds
	require.Equal(t, n, b.Hits.Load())
	require.Equal(t, float32(1)+float32(n)/2, b.Ratio.Load())
	require.Equal(t, point{int32(n), int32(-n), [5]byte{1, 2, 3, 4, 5}}, b.Point.Load())
	require.Equal(t, []int64{int64(n), int64(n), int64(n)}, b.Cells.Slice()[:3])
	require.False(t, b.Lock.Locked())
	require.Zero(t, b.Lock.Holder())
	require.GreaterOrEqual(t, b.Memory.Stats().Processes, 2)
}

func TestLockMisused(t *testing.T) {
	b := newBundle(t)
	require.PanicsWithValue(t, "shm: Unlock of a lock that this process does not hold", b.Lock.Unlock)
	require.PanicsWithValue(t, "shm: MarkConsistent of a lock that this process does not hold", b.Lock.MarkConsistent)
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	b.Lock.Lock()
	go func() {
		time.Sleep(time.Millisecond)
		cancel(cause)
	}()
	require.Equal(t, cause, b.Lock.LockContext(ctx))
	require.False(t, b.Lock.TryLock())
	b.Lock.Unlock()
	require.Equal(t, cause, b.Lock.LockContext(ctx), "a ctx that has ended takes nothing")
	require.False(t, b.Lock.Locked())
}

func TestClosed(t *testing.T) {
	b := newBundle(t)
	b.Lock.Lock()
	waits := make(chan error, 3)
	for range cap(waits) {
		go func() { waits <- b.Lock.LockContext(context.Background()) }()
	}
	require.Eventually(t, func() bool { return b.Lock.Stats().Waiting == 3 }, 10*time.Second, time.Millisecond)
	require.NoError(t, b.Memory.Close())
	require.NoError(t, b.Memory.Close())
	for range cap(waits) {
		require.ErrorIs(t, <-waits, shm.ErrClosed)
	}
	for name, f := range map[string]func(){
		"Number.Load": func() { b.Hits.Load() }, "Value.Load": func() { b.Point.Load() }, "Array.Slice": func() { b.Cells.Slice() },
		"TryLock": func() { b.Lock.TryLock() }, "AddAt": func() { shm.AddAt(b.Cells, 0, 1) },
	} {
		require.PanicsWithValue(t, "shm: "+name+": the memory is closed", f)
	}
	require.ErrorIs(t, b.Point.With(t.Context(), func(*point) error { return nil }), shm.ErrClosed)
	require.ErrorIs(t, b.Cells.With(t.Context(), func([]int64) error { return nil }), shm.ErrClosed)
	require.ErrorIs(t, b.Hits.With(t.Context(), func(*int) error { return nil }), shm.ErrClosed)
	_, err := shm.NewLock(b.Memory)
	require.ErrorIs(t, err, shm.ErrClosed)
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	_, err = work.On(pool)(t.Context(), b)
	require.ErrorIs(t, err, shm.ErrClosed)
}
