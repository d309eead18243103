//go:build unix

package manager_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/manager"
	"github.com/fanfold/fanfold/ipc/shm"
)

// Common is what the processes of the storm share.
type Common struct {
	Lock    *manager.Lock
	Permits *manager.BoundedSemaphore
	Pair    *manager.Dict[string, int]
	Count   *manager.Dict[string, int]
	Queue   *manager.Queue[int]
	Barrier *manager.Barrier
}

// toil works until it is killed: under the lock it changes two entries one after the other.
var toil = ipc.Func("manager_test.toil", func(ctx context.Context, c Common) (struct{}, error) {
	for {
		err := c.Lock.Lock(ctx)
		if err != nil {
			if _, ok := err.(*shm.OwnerDiedError); !ok {
				return struct{}{}, err
			}
			a, _, err := c.Pair.Get(ctx, "a")
			if err != nil {
				return struct{}{}, err
			}
			must(0, c.Pair.Set(ctx, "b", a))
			must(0, c.Lock.MarkConsistent(ctx))
		}
		a, _, err := c.Pair.Get(ctx, "a")
		if err != nil {
			return struct{}{}, err
		}
		b, _, err := c.Pair.Get(ctx, "b")
		if err != nil {
			return struct{}{}, err
		}
		if a != b {
			panic("the lock guards nothing")
		}
		must(0, c.Pair.Set(ctx, "a", a+1))
		must(0, c.Pair.Set(ctx, "b", a+1))
		must(0, c.Lock.Unlock(ctx))

		must(0, c.Permits.Acquire(ctx, 2))
		must(c.Count.Update(ctx, "n", func(n int, _ bool) (int, error) { return n + 1, nil }))
		must(0, c.Permits.Release(ctx, 2))
		c.Queue.TryPut(ctx, a)
		c.Queue.TryGet(ctx)
	}
})

// Clients that are killed at any moment lose no lock and no permit for the others.
func TestKills(t *testing.T) {
	ctx := t.Context()
	m := started(t, manager.Options{})
	c := Common{
		must(manager.NewLock(ctx, m)), must(manager.NewBoundedSemaphore(ctx, m, 3)), must(manager.NewDict[string, int](ctx, m, nil)),
		must(manager.NewDict[string, int](ctx, m, nil)), must(manager.NewQueue[int](ctx, m, 2)), must(manager.NewBarrier(ctx, m, 2)),
	}
	var processes []*ipc.Process[struct{}]
	for range 2 {
		processes = append(processes, must(ipc.Start(ctx, toil, c)))
	}
	for range effort.Times(20, 8, 2000) {
		count := must2(c.Count.Get(ctx, "n"))
		i := rand.IntN(len(processes))
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		require.NoError(t, processes[i].Kill())
		require.ErrorIs(t, processes[i].Join(ctx), ipc.ErrProcessDied)
		processes[i] = must(ipc.Start(ctx, toil, c))
		until(t, "the others go on", func() bool { return must2(c.Count.Get(ctx, "n")) > count })
	}
	for _, p := range processes {
		require.NoError(t, p.Kill())
		require.ErrorIs(t, p.Join(ctx), ipc.ErrProcessDied)
	}
	until(t, "all permits are back", func() bool { return must(c.Permits.Value(ctx)) == 3 })
	until(t, "the lock is free", func() bool { return !must(c.Locked(ctx)) })
}

func must2[T any](v T, _ bool, err error) T { return must(v, err) }

// Locked reports whether a process holds the lock.
func (c Common) Locked(ctx context.Context) (bool, error) { return c.Lock.Locked(ctx) }
