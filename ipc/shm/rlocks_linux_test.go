//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A relocker is an RLock of either package, with its owners.
type relocker interface {
	owner() owner
	Locked() bool
}

// An owner is that of an RLock.
type owner interface {
	sync.Locker
	LockContext(ctx context.Context) error
	TryLock() bool
}

type goRLock struct{ *concurrent.RLock }

func (l goRLock) owner() owner { return l.Owner() }

type hereRLock struct{ *shm.RLock }

func (l hereRLock) owner() owner { return l.Owner() }

// A farRLock has owners in this process and in others, in turn.
type farRLock struct{ *far }

func (l farRLock) Locked() bool { return l.now("Locked").OK }
func (l farRLock) owner() owner {
	s := l.crew.take()
	l.holds = append(l.holds, s)
	return &farOwner{farRLock: l, seat: s, n: int(ownersMade.Add(1))}
}

var ownersMade atomic.Int32

// A farOwner keeps its process.
type farOwner struct {
	farRLock
	seat *seat
	n    int
}

func (o *farOwner) call(ctx context.Context, method string) (reply, error) {
	return o.in(o.seat, ctx, order{Method: method, Owner: o.n})
}

func (o *farOwner) LockContext(ctx context.Context) error {
	_, err := o.call(ctx, "LockContext")
	return err
}

func (o *farOwner) Lock() { o.call(context.Background(), "LockContext") }

func (o *farOwner) TryLock() bool {
	r, _ := o.call(context.Background(), "TryLock")
	return r.OK
}

func (o *farOwner) Unlock() { o.call(context.Background(), "Unlock") }

func testRLocks(t *testing.T, c *crew) {
	behave.Over(t, nounBackends(c,
		func() relocker { return goRLock{new(concurrent.RLock)} },
		func(m *shm.Memory) (*shm.RLock, error) { return shm.NewRLock(m) },
		func(o *shm.RLock) relocker { return hereRLock{o} },
		func(f *far) relocker { return farRLock{f} },
	), []behave.Behaviour[relocker]{
		{Name: "an owner takes it again, and gives it back as often", Check: func(t *testing.T, l relocker) {
			o := l.owner()
			o.Lock()
			require.NoError(t, o.LockContext(t.Context()))
			require.True(t, o.TryLock())
			for range 3 {
				require.True(t, l.Locked())
				o.Unlock()
			}
			require.False(t, l.Locked())
		}},
		{Name: "another owner waits until it is free", Check: func(t *testing.T, l relocker) {
			a, b := l.owner(), l.owner()
			a.Lock()
			a.Lock()
			require.False(t, b.TryLock())
			waiting := started(func() error { return b.LockContext(t.Context()) })
			waits(t, waiting)
			a.Unlock()
			waits(t, waiting)
			a.Unlock()
			require.NoError(t, returned(t, waiting))
			require.False(t, a.TryLock())
			b.Unlock()
			require.False(t, l.Locked())
		}},
		{Name: "with a ctx that has ended nothing is taken, not even again", Check: func(t *testing.T, l relocker) {
			o := l.owner()
			require.Equal(t, errEnded, o.LockContext(endedContext(t.Context())))
			require.False(t, l.Locked())
			o.Lock()
			require.Equal(t, errEnded, o.LockContext(endedContext(t.Context())))
			o.Unlock()
			require.False(t, l.Locked())
		}},
		{Name: "a ctx that ends ends the wait, with its cause", Check: func(t *testing.T, l relocker) {
			a, b := l.owner(), l.owner()
			a.Lock()
			ctx, cancel := canceled(t)
			waiting := started(func() error { return b.LockContext(ctx) })
			waits(t, waiting)
			cancel()
			require.Equal(t, errEnded, returned(t, waiting))
			a.Unlock()
			require.True(t, b.TryLock())
			b.Unlock()
		}},
		{Name: "Unlock by another owner is misuse", Check: func(t *testing.T, l relocker) {
			a, b := l.owner(), l.owner()
			misuse(t, a.Unlock)
			a.Lock()
			misuse(t, b.Unlock)
			a.Unlock()
			misuse(t, a.Unlock)
		}},
		{Name: "one owner has it at a time", Check: func(t *testing.T, l relocker) {
			var inside, most atomic.Int32
			var all sync.WaitGroup
			for range 4 {
				o := l.owner()
				all.Go(func() {
					for range effort.Times(20, 10, 200) {
						o.Lock()
						o.Lock()
						if n := inside.Add(1); n > 1 {
							most.Store(n)
						}
						inside.Add(-1)
						o.Unlock()
						o.Unlock()
					}
				})
			}
			all.Wait()
			require.Zero(t, most.Load(), "this many had it")
		}},
	})
}
