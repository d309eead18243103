//go:build unix

package manager_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/ipc/manager"
)

var errEnded = errors.New("ended")

func TestSynchronization(t *testing.T) {
	behave.Over(t, backends, []behave.Behaviour[*manager.Manager]{
		{Name: "lock", Check: testLock},
		{Name: "rlock", Check: testRLock},
		{Name: "condition", Check: testCondition},
		{Name: "event", Check: testEvent},
		{Name: "semaphore", Check: testSemaphore},
		{Name: "bounded semaphore", Check: testBounded},
		{Name: "barrier", Check: testBarrier},
		{Name: "queue", Check: testQueue},
		{Name: "array", Check: testArray},
		{Name: "watch", Check: testWatch},
	})
}

// begun calls f in a goroutine.
func begun[T any](f func() T) <-chan T {
	c := make(chan T, 1)
	go func() { c <- f() }()
	return c
}

// until waits until something is so that another goroutine brings about.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for begun := time.Now(); !so(); time.Sleep(time.Millisecond) {
		require.Less(t, time.Since(begun), 60*time.Second, what)
	}
}

func ended(t *testing.T) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	return ctx, func() { cancel(errEnded) }
}

func testLock(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	l := must(manager.NewLock(ctx, m))
	require.NoError(t, l.Lock(ctx))
	require.True(t, must(l.Locked(ctx)))
	require.NotZero(t, must(l.Holder(ctx)))
	require.False(t, must(l.TryLock(ctx)))

	over, end := ended(t)
	canceled := begun(func() error { return l.Lock(over) })
	second := begun(func() error { return l.Lock(ctx) })
	end()
	require.ErrorIs(t, <-canceled, errEnded)
	require.NoError(t, l.Unlock(ctx))
	require.NoError(t, <-second)
	require.NoError(t, l.Unlock(over), "a lock is released also when ctx has ended")
	until(t, "the lock is free", func() bool { return !must(l.Locked(ctx)) })
	require.Zero(t, must(l.Holder(ctx)))
	require.ErrorIs(t, l.Unlock(ctx), manager.ErrMisuse)
	require.ErrorIs(t, l.Lock(over), errEnded)
	require.True(t, must(l.TryLock(ctx)))
}

func testRLock(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	l := must(manager.NewRLock(ctx, m))
	a, b := l.Owner(), l.Owner()
	require.NoError(t, a.Lock(ctx))
	require.NoError(t, a.Lock(ctx))
	require.True(t, must(a.TryLock(ctx)))
	require.False(t, must(b.TryLock(ctx)))
	require.ErrorIs(t, b.Unlock(ctx), manager.ErrMisuse)
	waits := begun(func() error { return b.Lock(ctx) })
	for range 3 {
		require.NoError(t, a.Unlock(ctx))
	}
	require.NoError(t, <-waits)
	require.NoError(t, b.Unlock(ctx))
	require.False(t, must(l.Locked(ctx)))

	var recurse func(ctx context.Context, n int) error
	recurse = func(ctx context.Context, n int) error {
		if n == 0 {
			return errEnded
		}
		return l.Do(ctx, func(ctx context.Context) error { return recurse(ctx, n-1) })
	}
	require.ErrorIs(t, recurse(ctx, 3), errEnded)
	require.False(t, must(l.Locked(ctx)))
}

func testCondition(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	l := must(manager.NewLock(ctx, m))
	c := must(manager.NewCondition(ctx, m, l))
	require.ErrorIs(t, c.Wait(ctx), manager.ErrMisuse)
	require.ErrorIs(t, c.Notify(ctx, 1), manager.ErrMisuse)

	ready := must(manager.NewValue(ctx, m, false))
	require.NoError(t, l.Lock(ctx))
	waiting := begun(func() error {
		return c.WaitFor(ctx, func() bool { return must(ready.Load(ctx)) })
	})
	// The waiter has let the lock go when this gets it.
	require.NoError(t, l.Lock(ctx))
	require.NoError(t, ready.Store(ctx, true))
	require.NoError(t, c.NotifyAll(ctx))
	require.NoError(t, l.Unlock(ctx))
	require.NoError(t, <-waiting)
	require.True(t, must(l.Locked(ctx)), "the waiter holds the lock")

	over, end := ended(t)
	canceled := begun(func() error { return c.Wait(over) })
	require.NoError(t, l.Lock(ctx))
	end()
	require.NoError(t, l.Unlock(ctx))
	require.ErrorIs(t, <-canceled, errEnded)
	require.True(t, must(l.Locked(ctx)), "it holds the lock also after the end of its ctx")
	require.NoError(t, l.Unlock(ctx))
}

func testEvent(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	e := must(manager.NewEvent(ctx, m))
	require.False(t, must(e.IsSet(ctx)))
	waits := begun(func() error { return e.Wait(ctx) })
	over, end := ended(t)
	canceled := begun(func() error { return e.Wait(over) })
	end()
	require.ErrorIs(t, <-canceled, errEnded)
	require.NoError(t, e.Set(ctx))
	require.NoError(t, <-waits)
	require.NoError(t, e.Wait(ctx))
	require.True(t, must(e.IsSet(ctx)))
	require.NoError(t, e.Clear(ctx))
	require.False(t, must(e.IsSet(ctx)))
}

func testSemaphore(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	s := must(manager.NewSemaphore(ctx, m, 2))
	require.NoError(t, s.Acquire(ctx, 2))
	require.False(t, must(s.TryAcquire(ctx, 1)))
	over, end := ended(t)
	many := begun(func() error { return s.Acquire(over, 3) })
	end()
	require.ErrorIs(t, <-many, errEnded)
	one := begun(func() error { return s.Acquire(ctx, 1) })
	require.NoError(t, s.Release(ctx, 3))
	require.NoError(t, <-one)
	require.Equal(t, 2, must(s.Value(ctx)))
	require.ErrorIs(t, s.Acquire(ctx, -1), manager.ErrMisuse)
}

func testBounded(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	s := must(manager.NewBoundedSemaphore(ctx, m, 2))
	require.ErrorIs(t, s.Release(ctx, 1), manager.ErrMisuse)
	require.ErrorIs(t, s.Acquire(ctx, 3), manager.ErrMisuse)
	require.NoError(t, s.Acquire(ctx, 2))
	require.NoError(t, s.Resize(ctx, 3))
	require.True(t, must(s.TryAcquire(ctx, 1)))
	require.Equal(t, 3, must(s.Bound(ctx)))
	require.NoError(t, s.Release(ctx, 3))
	require.Equal(t, 3, must(s.Value(ctx)))
}

func testBarrier(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	b := must(manager.NewBarrier(ctx, m, 2))
	first := begun(func() int { return must(b.Wait(ctx)) })
	until(t, "one waits", func() bool { return must(b.Waiting(ctx)) == 1 })
	require.Equal(t, 1, must(b.Wait(ctx)))
	require.Equal(t, 0, <-first)

	over, end := ended(t)
	canceled := begun(func() error { _, err := b.Wait(over); return err })
	until(t, "one waits", func() bool { return must(b.Waiting(ctx)) == 1 })
	end()
	require.ErrorIs(t, <-canceled, errEnded)
	_, err := b.Wait(ctx)
	require.ErrorIs(t, err, manager.ErrBroken)
	require.True(t, must(b.Broken(ctx)))
	require.NoError(t, b.Reset(ctx))
	require.False(t, must(b.Broken(ctx)))
	waits := begun(func() error { _, err := b.Wait(ctx); return err })
	until(t, "one waits", func() bool { return must(b.Waiting(ctx)) == 1 })
	require.NoError(t, b.Abort(ctx))
	require.ErrorIs(t, <-waits, manager.ErrBroken)
	require.Equal(t, 2, must(b.Parties(ctx)))
}

func testQueue(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	q := must(manager.NewQueue[string](ctx, m, 2))
	_, err := q.TryGet(ctx)
	require.ErrorIs(t, err, manager.ErrEmpty)
	got := begun(func() string { return must(q.Get(ctx)) })
	require.NoError(t, q.Put(ctx, "a"))
	require.Equal(t, "a", <-got)
	require.NoError(t, q.Put(ctx, "b"))
	require.NoError(t, q.TryPut(ctx, "c"))
	require.ErrorIs(t, q.TryPut(ctx, "d"), manager.ErrFull)
	over, end := ended(t)
	canceled := begun(func() error { return q.Put(over, "e") })
	end()
	require.ErrorIs(t, <-canceled, errEnded)
	put := begun(func() error { return q.Put(ctx, "d") })
	require.Equal(t, "b", must(q.Get(ctx)))
	require.NoError(t, <-put)
	require.Equal(t, []string{"c", "d"}, must(q.GetMany(ctx, 10)))

	joined := begun(func() error { return q.Join(ctx) })
	for range 4 {
		require.NoError(t, q.TaskDone(ctx))
	}
	require.NoError(t, <-joined)
	require.ErrorIs(t, q.TaskDone(ctx), manager.ErrMisuse)

	require.NoError(t, q.SetMaxSize(ctx, -1))
	for _, s := range []string{"1", "2", "3"} {
		require.NoError(t, q.Put(ctx, s))
	}
	require.NoError(t, q.Shutdown(ctx, false))
	require.ErrorIs(t, q.Put(ctx, "4"), manager.ErrClosed)
	var all []string
	for s, err := range q.All(ctx) {
		require.NoError(t, err)
		all = append(all, s)
	}
	require.Equal(t, []string{"1", "2", "3"}, all)
	_, err = q.Get(ctx)
	require.ErrorIs(t, err, manager.ErrClosed)
}

func testArray(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	a := must(manager.NewArray(ctx, m, []int{1, 2, 3}))
	require.NoError(t, a.Set(ctx, 0, 7))
	must(a.Update(ctx, 1, func(n int) (int, error) { return n * 10, nil }))
	require.Equal(t, []int{7, 20, 3}, must(a.Slice(ctx, 0, -1)))
	require.Equal(t, 3, must(a.Len(ctx)))
	require.Equal(t, 20, must(a.Get(ctx, 1)))
	var all []int
	for v, err := range a.All(ctx) {
		require.NoError(t, err)
		all = append(all, v)
	}
	require.Equal(t, []int{7, 20, 3}, all)
	require.ErrorIs(t, a.Set(ctx, 3, 0), manager.ErrNoObject)
	_, err := a.Get(ctx, -1)
	require.ErrorIs(t, err, manager.ErrNoObject)
}

// A watch yields each change in order; one that is too slow is told so.
func testWatch(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	d := must(manager.NewDict[int, int](ctx, m, nil))
	over, end := ended(t)
	changes := make(chan any)
	go func() {
		defer close(changes)
		for c, err := range d.Watch(over) {
			if err != nil {
				changes <- err
			} else {
				changes <- c
			}
		}
	}()
	// The watch begins at some time; then it sees each change.
	begins := 0
	until(t, "the watch has begun", func() bool {
		begins++
		require.NoError(t, d.Set(ctx, 0, begins))
		select {
		case c := <-changes:
			first := c.(manager.Change[int, int])
			for n := first.Value + 1; n <= begins; n++ {
				require.Equal(t, manager.Change[int, int]{Key: 0, Value: n}, <-changes)
			}
			return true
		default:
			return false
		}
	})
	require.NoError(t, d.Set(ctx, 1, 10))
	must(d.Delete(ctx, 1))
	require.Equal(t, manager.Change[int, int]{Key: 1, Value: 10}, <-changes)
	require.Equal(t, manager.Change[int, int]{Key: 1, Deleted: true}, <-changes)

	many := map[int]int{}
	for i := range 4000 {
		many[i] = i
	}
	for range 3 {
		require.NoError(t, d.SetAll(ctx, many))
	}
	missed := false
	for i := 0; i < 8000 && !missed; i++ {
		missed = <-changes == manager.ErrMissed
	}
	require.True(t, missed)
	end()
	var last any
	for c := range changes {
		last = c
	}
	require.Equal(t, errEnded, last)
}
