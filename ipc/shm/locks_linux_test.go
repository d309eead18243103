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

// A locker is a Lock of either package.
type locker interface {
	sync.Locker
	LockContext(ctx context.Context) error
	TryLock() bool
	Locked() bool
}

type farLock struct{ *far }

func (l farLock) Lock() {
	if _, err := l.hold(context.Background(), 1, "LockContext"); err != nil {
		panic(err)
	}
}

func (l farLock) LockContext(ctx context.Context) error {
	_, err := l.hold(ctx, 1, "LockContext")
	return err
}

func (l farLock) TryLock() bool {
	r, _ := l.hold(context.Background(), 1, "TryLock")
	return r.OK
}

func (l farLock) Unlock()      { l.drop("Unlock") }
func (l farLock) Locked() bool { return l.now("Locked").OK }

func testLocks(t *testing.T, c *crew) {
	backends := nounBackends(c,
		func() locker { return new(concurrent.Lock) },
		func(m *shm.Memory) (*shm.Lock, error) { return shm.NewLock(m) },
		func(o *shm.Lock) locker { return o },
		func(f *far) locker { return farLock{f} })
	behave.Over(t, backends, []behave.Behaviour[locker]{
		{Name: "one goroutine holds it", Check: lockExcludes},
		{Name: "a held lock is locked, and TryLock does not take it", Check: func(t *testing.T, l locker) {
			require.False(t, l.Locked())
			require.True(t, l.TryLock())
			for range 3 {
				require.True(t, l.Locked())
				require.False(t, l.TryLock())
			}
			l.Unlock()
			require.False(t, l.Locked())
		}},
		{Name: "Lock waits for Unlock, of any goroutine", Check: func(t *testing.T, l locker) {
			l.Lock()
			second := started(func() bool { l.Lock(); return true })
			waits(t, second)
			l.Unlock()
			returned(t, second)
			l.Unlock()
			require.False(t, l.Locked())
		}},
		{Name: "with a ctx that has ended a free lock is not taken", Check: func(t *testing.T, l locker) {
			for range 2 {
				require.Equal(t, errEnded, l.LockContext(endedContext(t.Context())))
				require.False(t, l.Locked())
			}
		}},
		{Name: "a ctx that ends ends the wait, with its cause", Check: func(t *testing.T, l locker) {
			l.Lock()
			for range 4 {
				ctx, cancel := canceled(t)
				waiting := started(func() error { return l.LockContext(ctx) })
				waits(t, waiting)
				cancel()
				require.Equal(t, errEnded, returned(t, waiting))
			}
			l.Unlock()
			require.NoError(t, l.LockContext(t.Context()))
			l.Unlock()
		}},
		{Name: "others wait on when one gives up", Check: func(t *testing.T, l locker) {
			l.Lock()
			ctx, cancel := canceled(t)
			first := started(func() error { return l.LockContext(ctx) })
			waits(t, first)
			second := started(func() error { return l.LockContext(t.Context()) })
			waits(t, second)
			cancel()
			require.Equal(t, errEnded, returned(t, first))
			waits(t, second)
			l.Unlock()
			require.NoError(t, returned(t, second))
			l.Unlock()
		}},
		{Name: "no release is lost to those that give up", Check: lockStorm},
		{Name: "Unlock of a free lock is misuse, and leaves it free", Check: func(t *testing.T, l locker) {
			for range 2 {
				misuse(t, l.Unlock)
				require.True(t, l.TryLock())
				l.Unlock()
			}
		}},
	})
	t.Run("in one process", func(t *testing.T) {
		behave.Over(t, backends[:2], []behave.Behaviour[locker]{{Name: "those that wait get it in order", Check: lockOrder}})
	})
}

// Between processes, each may be overtaken twice.
func lockOrder(t *testing.T, l locker) {
	stats := l.(interface{ Stats() concurrent.LockStats }).Stats
	l.Lock()
	var all sync.WaitGroup
	got := make(chan int, 8)
	for i := range cap(got) {
		all.Go(func() {
			l.Lock()
			got <- i
			l.Unlock()
		})
		until(t, "it waits", func() bool { return stats().Waiting == i+1 })
	}
	l.Unlock()
	for i := range cap(got) {
		require.Equal(t, i, returned(t, got))
	}
	all.Wait()
}

func lockExcludes(t *testing.T, l locker) {
	var inside, most atomic.Int32
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range effort.Times(20, 10, 200) {
				l.Lock()
				if n := inside.Add(1); n > 1 {
					most.Store(n)
				}
				inside.Add(-1)
				l.Unlock()
			}
		})
	}
	all.Wait()
	require.Zero(t, most.Load(), "this many held it")
	require.False(t, l.Locked())
}

// Half of the goroutines have a ctx that ends while they wait.
func lockStorm(t *testing.T, l locker) {
	for range effort.Times(10, 5, 100) {
		var all sync.WaitGroup
		var got atomic.Int32
		ctx, cancel := canceled(t)
		for i := range 6 {
			all.Go(func() {
				c := t.Context()
				if i%2 == 0 {
					c = ctx
				}
				if l.LockContext(c) == nil {
					got.Add(1)
					l.Unlock()
				}
			})
		}
		cancel()
		all.Wait()
		require.GreaterOrEqual(t, got.Load(), int32(3))
	}
	require.True(t, l.TryLock())
	l.Unlock()
}
