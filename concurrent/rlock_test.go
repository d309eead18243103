package concurrent_test

import (
	"context"
	"io"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/concurrent"
)

// depth is how often o holds its lock, which it finds out by letting go.
func depth(o *concurrent.RLockOwner) (n int) {
	defer func() {
		_ = recover()
		for range n {
			o.Lock()
		}
	}()
	for {
		o.Unlock()
		n++
	}
}

// TestConformanceRLock runs the behaviours of CPython's threading.RLock that are
// those of no other lock.
func TestConformanceRLock(t *testing.T) {
	bubble(t, "lock_tests/RLockTests/test_reacquire", func(t *testing.T) {
		var l concurrent.RLock
		o, other := l.Owner(), l.Owner()
		o.Lock()
		assert.NoError(t, o.LockContext(t.Context()), "LockContext again")
		assert.True(t, o.TryLock(), "TryLock again")
		o.Unlock()
		o.Unlock()
		assert.True(t, l.Locked(), "Locked")
		assert.False(t, other.TryLock(), "TryLock by another")
		o.Unlock()
		assert.False(t, l.Locked(), "Locked")
		assert.True(t, other.TryLock(), "TryLock by another")
		assert.False(t, o.TryLock(), "TryLock by the first")
		assert.Equal(t, errGaveUp, o.LockContext(within(t, time.Second)), "LockContext by the first")
		other.Unlock()
		assert.True(t, o.TryLock(), "TryLock by the first")
	})
	t.Run("lock_tests/RLockTests/test_release_unacquired", func(t *testing.T) {
		var l concurrent.RLock
		o := l.Owner()
		misuse(t, "does not hold", o.Unlock)
		o.Lock()
		pass(o)
		pass(o)
		o.Unlock()
		misuse(t, "does not hold", o.Unlock)
		assert.True(t, o.TryLock(), "TryLock after misuse")
	})
	bubble(t, "lock_tests/RLockTests/test_recursion_count", func(t *testing.T) {
		var l concurrent.RLock
		o := l.Owner()
		assert.Zero(t, depth(o), "depth at first")
		for i, step := range []func(){o.Lock, o.Lock, o.Lock, o.Unlock, o.Unlock, o.Unlock} {
			step()
			assert.Equal(t, []int{1, 2, 3, 2, 1, 0}[i], depth(o), "depth")
		}
		other := l.Owner()
		other.Lock()
		assert.Zero(t, depth(o), "depth while another holds it")
		other.Unlock()
		assert.Zero(t, depth(o), "depth after that")
	})
	bubble(t, "lock_tests/RLockTests/test_different_thread", func(t *testing.T) {
		var l concurrent.RLock
		o, other := l.Owner(), l.Owner()
		go o.Lock()
		synctest.Wait()
		misuse(t, "does not hold", other.Unlock)
		assert.True(t, l.Locked(), "Locked after misuse")
		o.Unlock() // the same owner may be another goroutine
	})
	t.Run("lock_tests/RLockTests/test__is_owned", func(t *testing.T) {
		var l concurrent.RLock
		o, other := l.Owner(), l.Owner()
		assert.Zero(t, depth(o), "depth at first")
		for i := range 2 {
			o.Lock()
			assert.Equal(t, i+1, depth(o), "depth of the owner")
			assert.Zero(t, depth(other), "depth of another")
		}
		o.Unlock()
		assert.Equal(t, 1, depth(o), "depth after one Unlock")
		o.Unlock()
		assert.Zero(t, depth(o), "depth in the end")
	})
}

func TestOwnerContextDone(t *testing.T) {
	var l concurrent.RLock
	o := l.Owner()
	o.Lock()
	assert.Equal(t, errGaveUp, o.LockContext(endedContext(t)), "LockContext again")
	assert.Equal(t, 1, depth(o), "depth")
	assert.Equal(t, concurrent.LockStats{}, l.Stats(), "stats")
}

func TestRLockDo(t *testing.T) {
	nothing := func(context.Context) error { return nil }
	bubble(t, "again", func(t *testing.T) {
		var l concurrent.RLock
		type key struct{}
		err := l.Do(context.WithValue(t.Context(), key{}, 7), func(ctx context.Context) error {
			assert.Equal(t, 7, ctx.Value(key{}), "value of the context")
			for range 2 {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				err := l.Do(ctx, func(ctx context.Context) error { return l.Do(ctx, func(context.Context) error { return io.EOF }) })
				assert.Equal(t, io.EOF, err, "error of the innermost")
				assert.True(t, l.Locked(), "Locked after the inner calls")
			}
			return io.ErrClosedPipe
		})
		assert.Equal(t, io.ErrClosedPipe, err, "error")
		assert.False(t, l.Locked(), "Locked in the end")
	})
	bubble(t, "others wait", func(t *testing.T) {
		var l concurrent.RLock
		err := l.Do(t.Context(), func(ctx context.Context) error {
			assert.Equal(t, errGaveUp, l.Do(within(t, time.Second), nothing), "another Do")
			assert.Equal(t, errGaveUp, l.Owner().LockContext(within(t, time.Second)), "another owner")
			return nil
		})
		assert.NoError(t, err, "error")
	})
	bubble(t, "several locks", func(t *testing.T) {
		var a, b concurrent.RLock
		err := a.Do(t.Context(), func(ctx context.Context) error {
			return b.Do(ctx, func(ctx context.Context) error {
				assert.True(t, b.Locked(), "Locked")
				return a.Do(ctx, func(ctx context.Context) error { return b.Do(ctx, nothing) })
			})
		})
		assert.NoError(t, err, "error")
		assert.False(t, a.Locked(), "Locked in the end")
		assert.False(t, b.Locked(), "Locked in the end")
	})
	t.Run("a context that is done", func(t *testing.T) {
		var l concurrent.RLock
		never := func(context.Context) error { assert.Fail(t, "called"); return nil }
		assert.Equal(t, errGaveUp, l.Do(endedContext(t), never), "Do")
		ctx, cancel := context.WithCancelCause(t.Context())
		err := l.Do(ctx, func(ctx context.Context) error {
			cancel(errGaveUp)
			assert.Equal(t, errGaveUp, l.Do(ctx, never), "Do again")
			return nil
		})
		assert.NoError(t, err, "error")
		assert.False(t, l.Locked(), "Locked in the end")
	})
	t.Run("panic", func(t *testing.T) {
		var l concurrent.RLock
		func() {
			defer func() { assert.Equal(t, "inside", recover(), "panic") }()
			_ = l.Do(t.Context(), func(ctx context.Context) error {
				return l.Do(ctx, func(context.Context) error { panic("inside") })
			})
		}()
		assert.False(t, l.Locked(), "Locked after a panic")
		err := l.Do(t.Context(), func(ctx context.Context) error {
			func() {
				defer func() { _ = recover() }()
				_ = l.Do(ctx, func(context.Context) error { panic("inside") })
			}()
			assert.True(t, l.Locked(), "Locked after a panic that was caught")
			return l.Do(ctx, nothing)
		})
		assert.NoError(t, err, "error")
	})
	t.Run("goexit", func(t *testing.T) {
		var l concurrent.RLock
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = l.Do(t.Context(), func(ctx context.Context) error {
				return l.Do(ctx, func(context.Context) error { runtime.Goexit(); return nil })
			})
		})
		wg.Wait()
		assert.False(t, l.Locked(), "Locked after Goexit")
	})
	t.Run("misuse", func(t *testing.T) {
		var l concurrent.RLock
		misuse(t, "nil function", func() { _ = l.Do(t.Context(), nil) })
		var kept context.Context
		_ = l.Do(t.Context(), func(ctx context.Context) error { kept = ctx; return nil })
		misuse(t, "has returned", func() { _ = l.Do(kept, nothing) })
		assert.False(t, l.Locked(), "Locked after misuse")
	})
	// Two goroutines with one context.
	const shared = "several goroutines"
	bubble(t, "inner calls overlap", func(t *testing.T) {
		var l concurrent.RLock
		err := l.Do(t.Context(), func(ctx context.Context) error {
			first, second := make(chan bool), make(chan bool)
			var wg sync.WaitGroup
			for _, hold := range []chan bool{first, second} {
				wg.Go(func() {
					misuse(t, shared, func() { _ = l.Do(ctx, func(context.Context) error { <-hold; return nil }) })
				})
				synctest.Wait()
			}
			first <- true
			synctest.Wait()
			second <- true
			wg.Wait()
			return l.Do(ctx, nothing)
		})
		assert.NoError(t, err, "error")
		assert.False(t, l.Locked(), "Locked in the end")
	})
	bubble(t, "the outermost panics first", func(t *testing.T) {
		var l concurrent.RLock
		hold := make(chan bool)
		var wg sync.WaitGroup
		func() {
			defer func() { assert.Equal(t, "outer", recover(), "panic") }()
			_ = l.Do(t.Context(), func(ctx context.Context) error {
				wg.Go(func() {
					defer func() { assert.Equal(t, "inner", recover(), "panic") }()
					_ = l.Do(ctx, func(context.Context) error { <-hold; panic("inner") })
				})
				synctest.Wait()
				panic("outer")
			})
		}()
		assert.False(t, l.Locked(), "Locked")
		hold <- true
		wg.Wait()
	})
	bubble(t, "the outermost returns first", func(t *testing.T) {
		var l concurrent.RLock
		hold := make(chan bool)
		var wg sync.WaitGroup
		var kept context.Context
		misuse(t, shared, func() {
			_ = l.Do(t.Context(), func(ctx context.Context) error {
				kept = ctx
				wg.Go(func() {
					misuse(t, shared, func() { _ = l.Do(ctx, func(context.Context) error { <-hold; return nil }) })
				})
				synctest.Wait()
				return nil
			})
		})
		assert.False(t, l.Locked(), "Locked")
		hold <- true
		wg.Wait()
		misuse(t, "has returned", func() { _ = l.Do(kept, nothing) })
		assert.NoError(t, l.Do(t.Context(), nothing), "Do in the end")
	})
}
