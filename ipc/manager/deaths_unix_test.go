//go:build unix

package manager_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/manager"
	"github.com/fanfold/fanfold/ipc/shm"
)

// Held is what a process takes and then is killed with.
type Held struct {
	Window  string
	Lock    *manager.Lock
	Cond    *manager.Condition
	Permits *manager.BoundedSemaphore
	Barrier *manager.Barrier
	Queue   *manager.Queue[int]
	Dict    *manager.Dict[string, int]
	Ready   *manager.Event
}

// hold does what its window says until it is killed.
var hold = ipc.Func("manager_test.hold", func(ctx context.Context, h Held) (struct{}, error) {
	ready := func() { must(0, h.Ready.Set(ctx)) }
	switch h.Window {
	case "lock":
		must(0, h.Lock.Lock(ctx))
		ready()
	case "wait for a lock":
		ready()
		h.Lock.Lock(ctx)
	case "condition":
		must(0, h.Lock.Lock(ctx))
		ready()
		h.Cond.Wait(ctx)
	case "permits":
		must(0, h.Permits.Acquire(ctx, 2))
		ready()
	case "barrier":
		ready()
		h.Barrier.Wait(ctx)
	case "queue":
		ready()
		h.Queue.Get(ctx)
	case "calls":
		ready()
		for i := 0; ; i++ {
			h.Dict.Set(ctx, "i", i)
		}
	}
	select {}
})

// A client that is killed, at any window, holds up no other one.
func TestDeathsOfClients(t *testing.T) {
	behave.Over(t, backends, []behave.Behaviour[*manager.Manager]{
		{Name: "all windows", Check: testDeaths},
	})
}

func testDeaths(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	for _, window := range []string{"lock", "wait for a lock", "condition", "permits", "barrier", "queue", "calls"} {
		h := Held{
			window, must(manager.NewLock(ctx, m)), nil, must(manager.NewBoundedSemaphore(ctx, m, 2)), must(manager.NewBarrier(ctx, m, 2)),
			must(manager.NewQueue[int](ctx, m, 1)), must(manager.NewDict[string, int](ctx, m, nil)), must(manager.NewEvent(ctx, m)),
		}
		h.Cond = must(manager.NewCondition(ctx, m, h.Lock))
		if window == "wait for a lock" {
			require.NoError(t, h.Lock.Lock(ctx))
		}
		p := must(ipc.Start(ctx, hold, h))
		require.NoError(t, h.Ready.Wait(ctx))
		if window == "barrier" {
			until(t, "it waits", func() bool { return must(h.Barrier.Waiting(ctx)) == 1 })
		}
		pid := p.Pid()
		require.NoError(t, p.Kill())
		require.ErrorIs(t, p.Join(ctx), ipc.ErrProcessDied)

		switch window {
		case "lock", "condition":
			if err := h.Lock.Lock(ctx); window == "lock" || err != nil {
				require.Equal(t, &shm.OwnerDiedError{Pid: pid}, err)
				require.NoError(t, h.Lock.MarkConsistent(ctx))
			}
		case "barrier":
			until(t, "the barrier breaks", func() bool { return must(h.Barrier.Broken(ctx)) })
			_, err := h.Barrier.Wait(ctx)
			require.ErrorIs(t, err, manager.ErrBroken)
			require.NoError(t, h.Barrier.Reset(ctx))
		}
		if window == "lock" || window == "condition" || window == "wait for a lock" {
			require.NoError(t, h.Lock.Unlock(ctx))
		}
		// The server may have given the lock to the process before it knew of its death.
		if err := h.Lock.Lock(ctx); err != nil {
			require.ErrorIs(t, err, shm.ErrOwnerDied)
			require.NoError(t, h.Lock.MarkConsistent(ctx))
		}
		require.NoError(t, h.Lock.Unlock(ctx))
		require.NoError(t, h.Permits.Acquire(ctx, 2))
		until(t, "it has left the queue", func() bool {
			require.NoError(t, h.Queue.Put(ctx, 7))
			_, err := h.Queue.TryGet(ctx)
			return err == nil
		})
		_, err := h.Dict.Map(ctx)
		require.NoError(t, err)
	}
}

// When the server is killed, each call ends at once, and Done is closed.
func TestDeathOfTheServer(t *testing.T) {
	ctx := t.Context()
	m := must(manager.Start(ctx))
	l := must(manager.NewLock(ctx, m))
	v := must(manager.NewValue(ctx, m, os.Getpid()))
	require.NoError(t, l.Lock(ctx))
	done := m.Done()
	waits := begun(func() error { return l.Lock(ctx) })
	require.NoError(t, manager.KillServer(m))
	require.ErrorIs(t, <-waits, manager.ErrGone)
	<-done
	_, err := v.Load(ctx)
	require.ErrorIs(t, err, manager.ErrGone)
	require.ErrorIs(t, l.Unlock(ctx), manager.ErrGone)
	require.ErrorIs(t, m.Close(), ipc.ErrProcessDied)
	require.NoFileExists(t, m.Addr())
}

// A server that is stopped, and not dead, holds a call up until its ctx ends.
func TestStoppedServer(t *testing.T) {
	ctx := t.Context()
	m := started(t, manager.Options{})
	l := must(manager.NewLock(ctx, m))
	v := must(manager.NewValue(ctx, m, 1))
	resume := manager.StopServer(t, m)
	short, cancel := context.WithTimeoutCause(ctx, 10*time.Millisecond, errEnded)
	defer cancel()
	_, err := v.Load(short)
	require.ErrorIs(t, err, errEnded)
	other, cancel := context.WithTimeoutCause(ctx, 10*time.Millisecond, errEnded)
	defer cancel()
	require.ErrorIs(t, l.Lock(other), errEnded)
	require.NoError(t, resume())
	require.Equal(t, 1, must(v.Load(ctx)))
	until(t, "the lock that was taken after the end of ctx is given back", func() bool { return !must(l.Locked(ctx)) })
}
