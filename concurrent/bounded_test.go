package concurrent_test

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"

	"github.com/fanfold/fanfold/concurrent"
)

// wantBound checks that err names both numbers.
func wantBound(t *testing.T, err error, wanted, bound int) {
	t.Helper()
	be, ok := errors.AsType[*concurrent.BoundError](err)
	if !ok || be.Wanted != wanted || be.Bound != bound {
		t.Errorf("got %v, want a BoundError of %d wanted and %d there", err, wanted, bound)
	}
}

func TestBoundedSemaphoreBound(t *testing.T) {
	t.Run("more than there are", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(3)
		wantBound(t, b.Acquire(t.Context(), 4), 4, 3)
		wantBound(t, b.Acquire(t.Context(), math.MaxInt), math.MaxInt, 3)
		want(t, "try", b.TryAcquire(4), false)
		want(t, "the context comes first", b.Acquire(endedContext(t), 4), errGaveUp)
		want(t, "acquire all", b.Acquire(t.Context(), 3), nil)
		wantBound(t, b.Acquire(t.Context(), 4), 4, 3)
		want(t, "bound", b.Bound(), 3)
	})
	t.Run("text", func(t *testing.T) {
		err := concurrent.NewBoundedSemaphore(3).Acquire(t.Context(), 4)
		want(t, "text", err.Error(), "concurrent: 4 permits wanted of a semaphore of 3")
	})
	bubble(t, "release of more than taken", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(3)
		want(t, "acquire", b.TryAcquire(2), true)
		misuse(t, "released more often", func() { b.Release(3) })
		misuse(t, "released more often", func() { b.Release(math.MaxInt) })
		want(t, "value", b.Value(), 1)
		l := &line{t: t, s: b}
		l.join(3) // and while somebody waits
		misuse(t, "released more often", func() { b.Release(3) })
		l.have("0")
		b.Release(2)
		l.have("1")
		want(t, "value", b.Value(), 0)
	})
	t.Run("zero value", func(t *testing.T) {
		var b concurrent.BoundedSemaphore
		wantBound(t, b.Acquire(t.Context(), 1), 1, 0)
		misuse(t, "released more often", func() { b.Release(1) })
	})
}

func TestBoundedSemaphoreResize(t *testing.T) {
	t.Run("nobody there", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(3)
		for _, n := range []int{5, 5, 2, 0, math.MaxInt, 1} {
			b.Resize(n)
			want(t, "bound", b.Bound(), n)
			want(t, "value", b.Value(), n)
		}
		misuse(t, "released more often", func() { b.Release(1) })
		want(t, "acquire", b.TryAcquire(1), true)
		want(t, "acquire", b.TryAcquire(1), false)
	})
	bubble(t, "grow", func(t *testing.T) {
		l := takenLine(t, newBounded, 2, 2, 1)
		b := l.s.(*concurrent.BoundedSemaphore)
		b.Resize(3)
		l.have("00")
		b.Resize(4)
		l.have("10")
		b.Resize(6)
		l.have("11")
		want(t, "value", b.Value(), 1)
		b.Release(5)
		want(t, "value", b.Value(), 6)
	})
	bubble(t, "shrink below what is out", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(10)
		want(t, "acquire", b.TryAcquire(8), true)
		b.Resize(5)
		want(t, "value", b.Value(), 0)
		want(t, "bound", b.Bound(), 5)
		l := &line{t: t, s: b}
		l.join(1)
		b.Release(2) // 6 are out
		l.have("0")
		b.Release(1) // 5
		l.have("0")
		b.Release(1) // 4
		l.have("1")
		misuse(t, "released more often", func() { b.Release(6) })
		b.Release(5)
		want(t, "value", b.Value(), 5)
	})
	bubble(t, "owed and not waited for", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(10)
		want(t, "acquire", b.TryAcquire(8), true)
		b.Resize(5)
		want(t, "try", b.TryAcquire(1), false)
		misuse(t, "released more often", func() { b.Release(9) })
		b.Release(4) // in one go past what is owed
		want(t, "value", b.Value(), 1)
		want(t, "try", b.TryAcquire(1), true)
		b.Release(5)
		want(t, "value", b.Value(), 5)
	})
	bubble(t, "grow while it owes", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(10)
		want(t, "acquire", b.TryAcquire(8), true)
		b.Resize(5) // owes 3
		b.Resize(7) // owes 1
		want(t, "value", b.Value(), 0)
		l := &line{t: t, s: b}
		l.join(1)
		b.Release(1)
		l.have("0")
		b.Resize(9)
		l.have("1")
		want(t, "value", b.Value(), 1)
		b.Release(8)
		want(t, "value", b.Value(), 9)
	})
	bubble(t, "shrink below what is waited for", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(5)
		want(t, "acquire", b.TryAcquire(4), true)
		l := &line{t: t, s: b}
		refused := make(chan error, 1)
		go func() { refused <- b.Acquire(t.Context(), 5) }()
		synctest.Wait()
		l.join(1) // waits behind it, though it fits
		last := make(chan error, 1)
		go func() { last <- b.Acquire(t.Context(), 3) }()
		synctest.Wait()
		l.have("0")
		b.Resize(4) // the free one is gone, but so is the first
		wantBound(t, <-refused, 5, 4)
		l.have("0")
		b.Release(1)
		l.have("1")
		b.Resize(2)
		wantBound(t, <-last, 3, 2)
		b.Release(4)
		want(t, "value", b.Value(), 2)
		want(t, "try", b.TryAcquire(2), true)
	})
	bubble(t, "refused and gave up at once", func(t *testing.T) {
		for range 64 {
			b := concurrent.NewBoundedSemaphore(3)
			want(t, "acquire", b.TryAcquire(2), true)
			ctx := newLateContext(t, func() {
				b.Resize(1)
				b.Resize(5)
			})
			wantBound(t, b.Acquire(ctx, 2), 2, 1)
			want(t, "value", b.Value(), 3)
		}
	})
	bubble(t, "pause", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(2)
		want(t, "acquire", b.TryAcquire(1), true)
		b.Resize(0)
		wantBound(t, b.Acquire(t.Context(), 1), 1, 0)
		want(t, "nothing", b.Acquire(t.Context(), 0), nil)
		b.Release(1)
		want(t, "value", b.Value(), 0)
		b.Resize(2)
		want(t, "value", b.Value(), 2)
	})
	t.Run("misuse", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(2)
		misuse(t, "Resize", func() { b.Resize(-1) })
		want(t, "value", b.Value(), 2)
	})
}

func newBounded(n int) semaphore { return concurrent.NewBoundedSemaphore(n) }
