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

// A notice is a Condition of either package, with its lock.
type notice interface {
	sync.Locker
	waiter
}

// A waiter is what a notice has beside the methods of its lock.
type waiter interface {
	Wait(ctx context.Context) error
	Notify(n int)
	NotifyAll()
}

type hereCondition struct {
	sync.Locker
	waiter
}

// A farCondition is used by the process that has the lock. Its far is that of the lock.
type farCondition struct {
	farLock
	condition *shm.Condition
}

func (c farCondition) Wait(ctx context.Context) error {
	s := c.here()
	c.move(nil)
	_, err := c.of().in(s, ctx, order{Method: "Wait"})
	c.move(s)
	return err
}

func (c farCondition) Notify(n int) {
	c.of().in(c.here(), context.Background(), order{Method: "Notify", Items: []int{n}})
}

func (c farCondition) NotifyAll() {
	c.of().in(c.here(), context.Background(), order{Method: "NotifyAll"})
}

func (c farCondition) of() *far { return &far{crew: c.crew, object: c.condition} }

// here returns the process that has the lock, or this one.
func (c farCondition) here() *seat {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.holds) == 0 {
		return c.crew.here
	}
	return c.holds[0]
}

// move notes which process has the lock.
func (c farCondition) move(s *seat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holds = nil; s != nil {
		c.holds = []*seat{s}
	}
}

func conditionBackends(c *crew) []behave.Backend[notice] {
	return nounBackends(c,
		func() notice {
			l := new(concurrent.Lock)
			return hereCondition{l, concurrent.NewCondition(l)}
		},
		func(m *shm.Memory) (*shm.Condition, error) {
			l, err := shm.NewLock(m)
			if err != nil {
				return nil, err
			}
			return shm.NewCondition(l)
		},
		func(c *shm.Condition) notice { return hereCondition{c.Lock(), c} },
		func(f *far) notice {
			condition := f.object.(*shm.Condition)
			f.object = condition.Lock()
			return farCondition{farLock{f}, condition}
		})
}

// Sleepers are goroutines that wait.
type sleepers struct {
	asleep, awake atomic.Int32
	errs          chan error
}

// sleep has n goroutines wait, and returns when they do.
func sleep(t *testing.T, ctx context.Context, c notice, n int) *sleepers {
	t.Helper()
	s := &sleepers{errs: make(chan error, n)}
	for range n {
		go func() {
			c.Lock()
			s.asleep.Add(1)
			err := c.Wait(ctx)
			s.awake.Add(1)
			c.Unlock()
			s.errs <- err
		}()
	}
	until(t, "they wait", func() bool {
		c.Lock() // which Wait releases
		defer c.Unlock()
		return s.asleep.Load() == int32(n)
	})
	return s
}

// notify notifies with the lock held.
func notify(c notice, n int) {
	c.Lock()
	defer c.Unlock()
	c.Notify(n)
}

func testConditions(t *testing.T, c *crew) {
	backends := conditionBackends(c)
	behave.Over(t, backends, []behave.Behaviour[notice]{
		{Name: "Notify wakes as many as it is told, and no more", Check: func(t *testing.T, c notice) {
			s := sleep(t, t.Context(), c, 6)
			notify(c, 0)
			for _, n := range []int32{1, 2, 3} {
				before := s.awake.Load()
				notify(c, int(n))
				for range n {
					require.NoError(t, returned(t, s.errs))
				}
				waits(t, s.errs)
				require.Equal(t, before+n, s.awake.Load())
			}
		}},
		{Name: "NotifyAll wakes all", Check: func(t *testing.T, c notice) {
			s := sleep(t, t.Context(), c, 7)
			c.Lock()
			c.NotifyAll()
			waits(t, s.errs)
			require.Zero(t, s.awake.Load(), "the lock is held")
			c.Unlock()
			for range 7 {
				require.NoError(t, returned(t, s.errs))
			}
		}},
		{Name: "a notification that nobody waits for is forgotten", Check: func(t *testing.T, c notice) {
			notify(c, 3)
			c.Lock()
			c.NotifyAll()
			c.Unlock()
			s := sleep(t, t.Context(), c, 2)
			waits(t, s.errs)
			notify(c, 5)
			require.NoError(t, returned(t, s.errs))
			require.NoError(t, returned(t, s.errs))
			s = sleep(t, t.Context(), c, 1)
			waits(t, s.errs)
			notify(c, 1)
			require.NoError(t, returned(t, s.errs))
		}},
		{Name: "with a ctx that has ended Wait keeps the lock", Check: func(t *testing.T, c notice) {
			c.Lock()
			other := started(func() bool { c.Lock(); return true })
			require.Equal(t, errEnded, c.Wait(endedContext(t.Context())))
			waits(t, other)
			c.Unlock()
			returned(t, other)
			c.Unlock()
		}},
		{Name: "a ctx that ends ends the wait, with its cause and the lock held", Check: func(t *testing.T, c notice) {
			ctx, cancel := canceled(t)
			ends := sleep(t, ctx, c, 2)
			stays := sleep(t, t.Context(), c, 1)
			c.Lock()
			cancel()
			waits(t, ends.errs)
			require.Zero(t, ends.awake.Load(), "the lock is held")
			c.Unlock()
			require.Equal(t, errEnded, returned(t, ends.errs))
			require.Equal(t, errEnded, returned(t, ends.errs))
			notify(c, 1)
			require.NoError(t, returned(t, stays.errs), "the notification was for it")
		}},
		{Name: "a notification and the end of a ctx at once lose none", Check: notifyStorm},
		{Name: "without the lock everything is misuse", Check: func(t *testing.T, c notice) {
			misuse(t, func() { c.Wait(t.Context()) })
			misuse(t, func() { c.Notify(1) })
			misuse(t, c.NotifyAll)
			c.Lock()
			misuse(t, func() { c.Notify(-1) })
			c.Unlock()
		}},
	})
	t.Run("in one process", func(t *testing.T) {
		behave.Over(t, backends[:2], []behave.Behaviour[notice]{
			{Name: "those that wait are notified in order", Check: conditionOrder},
			{Name: "WaitFor waits until the predicate is true", Check: conditionFor},
			{Name: "WaitFor looks again when its ctx has ended", Check: conditionForEnded},
		})
	})
}

// Of two that wait, one has a ctx that ends while one notification comes: it goes to
// either, and is taken once.
func notifyStorm(t *testing.T, c notice) {
	for range effort.Times(20, 8, 200) {
		ctx, cancel := canceled(t)
		ends, stays := sleep(t, ctx, c, 1), sleep(t, t.Context(), c, 1)
		go cancel()
		notify(c, 1)
		if returned(t, ends.errs) == nil {
			waits(t, stays.errs)
			notify(c, 1)
		}
		require.NoError(t, returned(t, stays.errs))
	}
}

func conditionOrder(t *testing.T, c notice) {
	var all []*sleepers
	for range 6 {
		all = append(all, sleep(t, t.Context(), c, 1))
	}
	for i, s := range all {
		notify(c, 1)
		require.NoError(t, returned(t, s.errs), i)
	}
}
