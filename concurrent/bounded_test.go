package concurrent_test

import (
	"math"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// wantBound checks that err names both numbers.
func wantBound(t *testing.T, err error, wanted, bound int) {
	t.Helper()
	var be *concurrent.BoundError
	require.ErrorAs(t, err, &be)
	assert.Equal(t, wanted, be.Wanted)
	assert.Equal(t, bound, be.Bound)
}

func TestBoundedSemaphoreBound(t *testing.T) {
	t.Run("more than there are", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(3)
		wantBound(t, b.Acquire(t.Context(), 4), 4, 3)
		wantBound(t, b.Acquire(t.Context(), math.MaxInt), math.MaxInt, 3)
		assert.False(t, b.TryAcquire(4), "try")
		assert.Equal(t, errGaveUp, b.Acquire(endedContext(t), 4), "the context comes first")
		assert.NoError(t, b.Acquire(t.Context(), 3), "acquire all")
		wantBound(t, b.Acquire(t.Context(), 4), 4, 3)
		assert.Equal(t, 3, b.Bound(), "bound")
	})
	t.Run("text", func(t *testing.T) {
		err := concurrent.NewBoundedSemaphore(3).Acquire(t.Context(), 4)
		assert.EqualError(t, err, "concurrent: 4 permits wanted of a semaphore of 3")
	})
	bubble(t, "release of more than taken", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(3)
		assert.True(t, b.TryAcquire(2), "acquire")
		misuse(t, "released more often", func() { b.Release(3) })
		misuse(t, "released more often", func() { b.Release(math.MaxInt) })
		assert.Equal(t, 1, b.Value(), "value")
		l := &line{t: t, s: b}
		l.join(3) // and while somebody waits
		misuse(t, "released more often", func() { b.Release(3) })
		l.have("0")
		b.Release(2)
		l.have("1")
		assert.Zero(t, b.Value(), "value")
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
			assert.Equal(t, n, b.Bound(), "bound")
			assert.Equal(t, n, b.Value(), "value")
		}
		misuse(t, "released more often", func() { b.Release(1) })
		assert.True(t, b.TryAcquire(1), "acquire")
		assert.False(t, b.TryAcquire(1), "acquire")
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
		assert.Equal(t, 1, b.Value(), "value")
		b.Release(5)
		assert.Equal(t, 6, b.Value(), "value")
	})
	bubble(t, "shrink below what is out", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(10)
		assert.True(t, b.TryAcquire(8), "acquire")
		b.Resize(5)
		assert.Zero(t, b.Value(), "value")
		assert.Equal(t, 5, b.Bound(), "bound")
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
		assert.Equal(t, 5, b.Value(), "value")
	})
	bubble(t, "owed and not waited for", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(10)
		assert.True(t, b.TryAcquire(8), "acquire")
		b.Resize(5)
		assert.False(t, b.TryAcquire(1), "try")
		misuse(t, "released more often", func() { b.Release(9) })
		b.Release(4) // in one go past what is owed
		assert.Equal(t, 1, b.Value(), "value")
		assert.True(t, b.TryAcquire(1), "try")
		b.Release(5)
		assert.Equal(t, 5, b.Value(), "value")
	})
	bubble(t, "grow while it owes", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(10)
		assert.True(t, b.TryAcquire(8), "acquire")
		b.Resize(5) // owes 3
		b.Resize(7) // owes 1
		assert.Zero(t, b.Value(), "value")
		l := &line{t: t, s: b}
		l.join(1)
		b.Release(1)
		l.have("0")
		b.Resize(9)
		l.have("1")
		assert.Equal(t, 1, b.Value(), "value")
		b.Release(8)
		assert.Equal(t, 9, b.Value(), "value")
	})
	bubble(t, "shrink below what is waited for", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(5)
		assert.True(t, b.TryAcquire(4), "acquire")
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
		assert.Equal(t, 2, b.Value(), "value")
		assert.True(t, b.TryAcquire(2), "try")
	})
	bubble(t, "refused and gave up at once", func(t *testing.T) {
		for range 64 {
			b := concurrent.NewBoundedSemaphore(3)
			assert.True(t, b.TryAcquire(2), "acquire")
			ctx := newLateContext(t, func() {
				b.Resize(1)
				b.Resize(5)
			})
			wantBound(t, b.Acquire(ctx, 2), 2, 1)
			assert.Equal(t, 3, b.Value(), "value")
		}
	})
	bubble(t, "pause", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(2)
		assert.True(t, b.TryAcquire(1), "acquire")
		b.Resize(0)
		wantBound(t, b.Acquire(t.Context(), 1), 1, 0)
		assert.NoError(t, b.Acquire(t.Context(), 0), "nothing")
		b.Release(1)
		assert.Zero(t, b.Value(), "value")
		b.Resize(2)
		assert.Equal(t, 2, b.Value(), "value")
	})
	t.Run("misuse", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(2)
		misuse(t, "Resize", func() { b.Resize(-1) })
		assert.Equal(t, 2, b.Value(), "value")
	})
}

func newBounded(n int) semaphore { return concurrent.NewBoundedSemaphore(n) }
