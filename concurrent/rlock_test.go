package concurrent_test

import (
	"context"
	"io"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
		want(t, "LockContext again", o.LockContext(t.Context()), nil)
		want(t, "TryLock again", o.TryLock(), true)
		o.Unlock()
		o.Unlock()
		want(t, "Locked", l.Locked(), true)
		want(t, "TryLock by another", other.TryLock(), false)
		o.Unlock()
		want(t, "Locked", l.Locked(), false)
		want(t, "TryLock by another", other.TryLock(), true)
		want(t, "TryLock by the first", o.TryLock(), false)
		want(t, "LockContext by the first", o.LockContext(within(t, time.Second)), errGaveUp)
		other.Unlock()
		want(t, "TryLock by the first", o.TryLock(), true)
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
		want(t, "TryLock after misuse", o.TryLock(), true)
	})
	bubble(t, "lock_tests/RLockTests/test_recursion_count", func(t *testing.T) {
		var l concurrent.RLock
		o := l.Owner()
		for i, step := range []func(){o.Lock, o.Lock, o.Lock, o.Unlock, o.Unlock, o.Unlock} {
			step()
			want(t, "depth", depth(o), []int{1, 2, 3, 2, 1, 0}[i])
		}
		other := l.Owner()
		other.Lock()
		want(t, "depth of one who does not hold it", depth(o), 0)
	})
	bubble(t, "lock_tests/RLockTests/test_different_thread", func(t *testing.T) {
		var l concurrent.RLock
		o, other := l.Owner(), l.Owner()
		go o.Lock()
		synctest.Wait()
		misuse(t, "does not hold", other.Unlock)
		want(t, "Locked after misuse", l.Locked(), true)
		o.Unlock() // the same owner may be another goroutine
	})
	t.Run("lock_tests/RLockTests/test__is_owned", func(t *testing.T) {
		var l concurrent.RLock
		o, other := l.Owner(), l.Owner()
		want(t, "depth at first", depth(o), 0)
		o.Lock()
		want(t, "depth of the owner", depth(o), 1)
		want(t, "depth of another", depth(other), 0)
		o.Unlock()
		want(t, "depth in the end", depth(o), 0)
	})
}

func TestOwnerContextDone(t *testing.T) {
	var l concurrent.RLock
	o := l.Owner()
	o.Lock()
	want(t, "LockContext again", o.LockContext(endedContext(t)), errGaveUp)
	want(t, "depth", depth(o), 1)
	want(t, "stats", l.Stats(), concurrent.LockStats{})
}

func TestRLockDo(t *testing.T) {
	nothing := func(context.Context) error { return nil }
	bubble(t, "again", func(t *testing.T) {
		var l concurrent.RLock
		type key struct{}
		err := l.Do(context.WithValue(t.Context(), key{}, 7), func(ctx context.Context) error {
			want(t, "value of the context", ctx.Value(key{}), any(7))
			for range 2 {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				err := l.Do(ctx, func(ctx context.Context) error { return l.Do(ctx, func(context.Context) error { return io.EOF }) })
				want(t, "error of the innermost", err, io.EOF)
				want(t, "Locked after the inner calls", l.Locked(), true)
			}
			return io.ErrClosedPipe
		})
		want(t, "error", err, io.ErrClosedPipe)
		want(t, "Locked in the end", l.Locked(), false)
	})
	bubble(t, "others wait", func(t *testing.T) {
		var l concurrent.RLock
		err := l.Do(t.Context(), func(ctx context.Context) error {
			want(t, "another Do", l.Do(within(t, time.Second), nothing), errGaveUp)
			want(t, "another owner", l.Owner().LockContext(within(t, time.Second)), errGaveUp)
			return nil
		})
		want(t, "error", err, nil)
	})
	bubble(t, "several locks", func(t *testing.T) {
		var a, b concurrent.RLock
		err := a.Do(t.Context(), func(ctx context.Context) error {
			return b.Do(ctx, func(ctx context.Context) error {
				want(t, "Locked", b.Locked(), true)
				return a.Do(ctx, func(ctx context.Context) error { return b.Do(ctx, nothing) })
			})
		})
		want(t, "error", err, nil)
		want(t, "Locked in the end", a.Locked() || b.Locked(), false)
	})
	t.Run("a context that is done", func(t *testing.T) {
		var l concurrent.RLock
		never := func(context.Context) error { t.Error("called"); return nil }
		want(t, "Do", l.Do(endedContext(t), never), errGaveUp)
		ctx, cancel := context.WithCancelCause(t.Context())
		err := l.Do(ctx, func(ctx context.Context) error {
			cancel(errGaveUp)
			want(t, "Do again", l.Do(ctx, never), errGaveUp)
			return nil
		})
		want(t, "error", err, nil)
		want(t, "Locked in the end", l.Locked(), false)
	})
	t.Run("panic", func(t *testing.T) {
		var l concurrent.RLock
		func() {
			defer func() { want(t, "panic", recover(), any("inside")) }()
			_ = l.Do(t.Context(), func(ctx context.Context) error {
				return l.Do(ctx, func(context.Context) error { panic("inside") })
			})
		}()
		want(t, "Locked after a panic", l.Locked(), false)
		err := l.Do(t.Context(), func(ctx context.Context) error {
			func() {
				defer func() { _ = recover() }()
				_ = l.Do(ctx, func(context.Context) error { panic("inside") })
			}()
			want(t, "Locked after a panic that was caught", l.Locked(), true)
			return l.Do(ctx, nothing)
		})
		want(t, "error", err, nil)
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
		want(t, "Locked after Goexit", l.Locked(), false)
	})
	t.Run("misuse", func(t *testing.T) {
		var l concurrent.RLock
		misuse(t, "nil function", func() { _ = l.Do(t.Context(), nil) })
		var kept context.Context
		_ = l.Do(t.Context(), func(ctx context.Context) error { kept = ctx; return nil })
		misuse(t, "has returned", func() { _ = l.Do(kept, nothing) })
		want(t, "Locked after misuse", l.Locked(), false)
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
		want(t, "error", err, nil)
		want(t, "Locked in the end", l.Locked(), false)
	})
	bubble(t, "the outermost panics first", func(t *testing.T) {
		var l concurrent.RLock
		hold := make(chan bool)
		var wg sync.WaitGroup
		func() {
			defer func() { want(t, "panic", recover(), any("outer")) }()
			_ = l.Do(t.Context(), func(ctx context.Context) error {
				wg.Go(func() {
					defer func() { want(t, "panic", recover(), any("inner")) }()
					_ = l.Do(ctx, func(context.Context) error { <-hold; panic("inner") })
				})
				synctest.Wait()
				panic("outer")
			})
		}()
		want(t, "Locked", l.Locked(), false)
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
		want(t, "Locked", l.Locked(), false)
		hold <- true
		wg.Wait()
		misuse(t, "has returned", func() { _ = l.Do(kept, nothing) })
		want(t, "Do in the end", l.Do(t.Context(), nothing), nil)
	})
}
