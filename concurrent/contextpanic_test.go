package concurrent_test

import (
	"cmp"
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// The context of a call that waits may be of the user's making. Where its Done panics,
// the panic reaches the caller and nothing waits for the caller any more.
func TestContextPanicsWhileWaiting(t *testing.T) {
	bad := func() context.Context {
		return &hookedContext{Context: context.Background(), done: func() { panic("bad context") }}
	}
	must := func(t *testing.T, err error) { t.Helper(); assert.NoError(t, err) }
	lockOf := func(l interface {
		LockContext(context.Context) error
		Unlock()
	}) func(*testing.T, context.Context) (func(context.Context) error, func()) {
		return func(t *testing.T, ctx context.Context) (func(context.Context) error, func()) {
			must(t, l.LockContext(ctx))
			return func(ctx context.Context) error {
				err := l.LockContext(ctx)
				if err == nil {
					l.Unlock()
				}
				return err
			}, l.Unlock
		}
	}
	// Each makes something that a call waits for, and returns that call and what ends
	// its waiting.
	for name, setUp := range map[string]func(t *testing.T, ctx context.Context) (wait func(context.Context) error, end func()){
		"Lock": lockOf(new(concurrent.Lock)),
		"RLock": func(t *testing.T, ctx context.Context) (func(context.Context) error, func()) {
			var l concurrent.RLock
			holder := l.Owner()
			must(t, holder.LockContext(ctx))
			return func(ctx context.Context) error { return l.Do(ctx, func(context.Context) error { return nil }) }, holder.Unlock
		},
		"RWLock, writing": lockOf(new(concurrent.RWLock)),
		"RWLock, writing after a reader": func(t *testing.T, ctx context.Context) (func(context.Context) error, func()) {
			var l concurrent.RWLock
			must(t, l.RLockContext(ctx))
			return func(ctx context.Context) error {
				err := l.LockContext(ctx)
				if err == nil {
					l.Unlock()
				}
				return err
			}, l.RUnlock
		},
		"RWLock, reading": func(t *testing.T, ctx context.Context) (func(context.Context) error, func()) {
			var l concurrent.RWLock
			must(t, l.LockContext(ctx))
			return l.RLockContext, l.Unlock
		},
		"Event": func(t *testing.T, _ context.Context) (func(context.Context) error, func()) {
			var e concurrent.Event
			return e.Wait, e.Set
		},
		"WaitGroup": func(t *testing.T, _ context.Context) (func(context.Context) error, func()) {
			var wg concurrent.WaitGroup
			wg.Add(1)
			return wg.WaitContext, wg.Done
		},
		"Semaphore": func(t *testing.T, _ context.Context) (func(context.Context) error, func()) {
			s := concurrent.NewSemaphore(0)
			return func(ctx context.Context) error { return s.Acquire(ctx, 1) }, func() { s.Release(1) }
		},
		"Condition": func(t *testing.T, _ context.Context) (func(context.Context) error, func()) {
			var l concurrent.Lock
			c := concurrent.NewCondition(&l)
			return func(ctx context.Context) error {
					l.Lock()
					defer l.Unlock() // panics when Wait does not hold it
					return c.Wait(ctx)
				}, func() {
					l.Lock()
					defer l.Unlock()
					c.Notify(1)
				}
		},
		"Queue, getting": func(t *testing.T, ctx context.Context) (func(context.Context) error, func()) {
			q := concurrent.NewQueue[int](1)
			return func(ctx context.Context) error { _, err := q.Get(ctx); return err }, func() { must(t, q.Put(ctx, 1)) }
		},
		"Queue, putting": func(t *testing.T, ctx context.Context) (func(context.Context) error, func()) {
			q := concurrent.NewPriorityQueue(1, cmp.Compare[int])
			must(t, q.Put(ctx, 1))
			return func(ctx context.Context) error { return q.Put(ctx, 2) }, func() { _, err := q.Get(ctx); must(t, err) }
		},
		"Queue, joining": func(t *testing.T, ctx context.Context) (func(context.Context) error, func()) {
			q := concurrent.NewQueue[int](1)
			must(t, q.Put(ctx, 1))
			return q.Join, q.TaskDone
		},
		"Pool, waiting for room": func(t *testing.T, ctx context.Context) (func(context.Context) error, func()) {
			p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1, Queue: 1})
			t.Cleanup(func() { p.Close() })
			release := make(chan struct{})
			task := func() { <-release }
			must(t, p.Go(ctx, task))
			synctest.Wait()
			must(t, p.Go(ctx, task))
			return func(ctx context.Context) error { return p.Go(ctx, func() {}) },
				func() { close(release) }
		},
		"Future": func(t *testing.T, _ context.Context) (func(context.Context) error, func()) {
			p := concurrent.NewPromise[int]()
			return p.Future().Err, func() { p.Resolve(1) }
		},
	} {
		bubble(t, name, func(t *testing.T) {
			wait, end := setUp(t, t.Context())
			done := calling(t, wait, bad())
			require.Equal(t, "bad context", <-done, "what a call with that context ends with")
			waits := calling(t, wait, t.Context())
			synctest.Wait()
			require.Empty(t, waits, "a call that waits has ended")
			end()
			require.Nil(t, <-waits, "a call that waits beside the one that has panicked")
		})
	}
}

// calling calls wait in a goroutine and returns what it panicked with, or its error.
func calling(t *testing.T, wait func(context.Context) error, ctx context.Context) <-chan any {
	t.Helper()
	ended := make(chan any, 1)
	go func() {
		var outcome any
		defer func() {
			if v := recover(); v != nil {
				outcome = v
				if p, ok := v.(*concurrent.PanicError); ok {
					outcome = p.Value
				}
			}
			ended <- outcome
		}()
		if err := wait(ctx); err != nil {
			outcome = err
		}
	}()
	return ended
}

// At a Barrier a party whose context panics is one that has given up.
func TestBarrierContextPanics(t *testing.T) {
	bubble(t, "waits", func(t *testing.T) {
		b := concurrent.NewBarrier(2, nil)
		wait := func(ctx context.Context) error { _, err := b.Wait(ctx); return err }
		bad := &hookedContext{Context: t.Context(), done: func() { panic("bad context") }}
		require.Equal(t, "bad context", <-calling(t, wait, bad))
		require.True(t, b.Broken())
		b.Reset()
		bad = &hookedContext{Context: t.Context(), err: func() { panic("bad context") }}
		require.Equal(t, "bad context", <-calling(t, wait, bad))
		one, two := calling(t, wait, t.Context()), calling(t, wait, t.Context())
		require.Nil(t, <-one)
		require.Nil(t, <-two)
	})
}
