//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A toil is what a worker does with the nouns until it is killed.
type toil struct {
	Permits *shm.BoundedSemaphore
	Busy    *shm.Number[int]
	In, Out *shm.Queue[string]
	Done    *shm.Event
	Meet    *shm.Barrier
	RW      *shm.RWLock
	Pair    *shm.Array[int64]
	Cond    *shm.Condition
	Turn    *shm.Number[int]
	Do      string
	N       int
}

var toiling = ipc.Func("shm_test.toil", func(ctx context.Context, w toil) (string, error) {
	switch w.Do {
	case "die with a permit":
		if err := w.Permits.Acquire(ctx, w.N); err != nil {
			return "", err
		}
		die()
	case "die in a barrier":
		go w.Meet.Wait(ctx)
		for w.Meet.Waiting() < w.N {
		}
		die()
	case "die with an item":
		w.In.Get(ctx)
		die()
	case "die with a lease":
		l, err := w.In.Lease(ctx)
		if err != nil || l.Attempt != 1 {
			return "", fmt.Errorf("attempt %d: %w", l.Attempt, err)
		}
		die()
	case "die writing":
		w.RW.Lock()
		die()
	case "die reading":
		w.RW.RLock()
		die()
	case "meet":
		n, err := w.Meet.Wait(ctx)
		return fmt.Sprint(n), err
	case "wait":
		if err := w.Cond.Lock().LockContext(ctx); err != nil {
			return "", err
		}
		defer w.Cond.Lock().Unlock()
		w.Turn.Add(1)
		return "", w.Cond.Wait(ctx)
	case "permits":
		for range w.N {
			if err := w.Permits.Acquire(ctx, 1+rand.IntN(2)*0); err != nil {
				return "", err
			}
			if n := w.Busy.Add(1); n > 3 {
				return "", fmt.Errorf("%d have permits", n)
			}
			w.Busy.Add(-1)
			w.Permits.Release(1)
		}
	case "echo":
		for v, err := range w.In.All(ctx) {
			if err != nil {
				return "", err
			}
			if err = w.Out.Put(ctx, v); err != nil {
				return "", err
			}
			w.In.TaskDone()
		}
	case "lease":
		for {
			l, err := w.In.Lease(ctx)
			if errors.Is(err, shm.ErrClosed) {
				return "", nil
			}
			if err != nil {
				return "", err
			}
			if err = w.Out.Put(ctx, l.Item); err != nil {
				return "", err
			}
			l.Done()
		}
	case "rw":
		for i := range w.N {
			if i%4 == 0 {
				if err := w.RW.LockContext(ctx); err != nil && !errors.Is(err, shm.ErrOwnerDied) {
					return "", err
				} else if err != nil {
					w.Pair.Slice()[0] = w.Pair.Slice()[1]
					w.RW.MarkConsistent()
				}
				w.Pair.Slice()[0]++
				w.Pair.Slice()[1]++
				w.RW.Unlock()
				continue
			}
			if err := w.RW.RLockContext(ctx); errors.Is(err, shm.ErrOwnerDied) {
				continue
			} else if err != nil {
				return "", err
			}
			if p := w.Pair.Slice(); p[0] != p[1] {
				return "", errors.New("a reader saw half a change")
			}
			w.RW.RUnlock()
		}
	}
	return "", nil
})

func die() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func newToil(t *testing.T) toil {
	t.Helper()
	m := newMemory(t)
	w := toil{}
	var err [9]error
	w.Permits, err[0] = shm.NewBoundedSemaphore(m, 3)
	w.Busy, err[1] = shm.NewNumber(m, 0)
	w.In, err[2] = shm.NewQueue[string](m, 8, shm.QueueOptions{MaxItem: 100})
	w.Out, err[3] = shm.NewQueue[string](m, 100, shm.QueueOptions{MaxItem: 100})
	w.Done, err[4] = shm.NewEvent(m)
	w.Meet, err[5] = shm.NewBarrier(m, 3)
	w.RW, err[6] = shm.NewRWLock(m)
	w.Pair, err[7] = shm.NewArray[int64](m, 2)
	w.Turn, err[8] = shm.NewNumber(m, 0)
	require.NoError(t, errors.Join(err[:]...))
	l, e := shm.NewLock(m)
	require.NoError(t, e)
	w.Cond, e = shm.NewCondition(l)
	require.NoError(t, e)
	return w
}

// do has a worker do something with what w has.
func (w toil) do(t *testing.T, c ipc.Carrier, what string, n int) (string, error) {
	t.Helper()
	w.Do, w.N = what, n
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return toiling.On(c)(ctx, w)
}
