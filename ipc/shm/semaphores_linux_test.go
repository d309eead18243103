//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A permitter is a Semaphore of either package.
type permitter interface {
	Acquire(ctx context.Context, n int) error
	TryAcquire(n int) bool
	Release(n int)
	Value() int
}

// A farSemaphore is used by any process.
type farSemaphore struct{ *far }

func (s farSemaphore) Acquire(ctx context.Context, n int) error {
	_, err := s.any(ctx, "Acquire", n)
	return err
}

func (s farSemaphore) TryAcquire(n int) bool { return s.now("TryAcquire", n).OK }
func (s farSemaphore) Release(n int)         { s.now("Release", n) }
func (s farSemaphore) Value() int            { return s.now("Value").N }

// permits makes semaphores of so many permits.
func permits(c *crew, n int) []behave.Backend[permitter] {
	return nounBackends(c,
		func() permitter { return concurrent.NewSemaphore(n) },
		func(m *shm.Memory) (*shm.Semaphore, error) { return shm.NewSemaphore(m, n) },
		func(s *shm.Semaphore) permitter { return s },
		func(f *far) permitter { return farSemaphore{f} })
}

func testSemaphores(t *testing.T, c *crew) {
	behave.Over(t, permits(c, 3), append(permitBehaviours, []behave.Behaviour[permitter]{
		{Name: "more permits may be released than were acquired", Check: func(t *testing.T, s permitter) {
			s.Release(2)
			require.Equal(t, 5, s.Value())
			require.True(t, s.TryAcquire(5))
			waiting := started(func() error { return s.Acquire(t.Context(), 1) })
			waits(t, waiting)
			s.Release(1)
			require.NoError(t, returned(t, waiting))
		}},
		{Name: "more permits than an int can count are misuse, and none is added", Check: func(t *testing.T, s permitter) {
			misuse(t, func() { s.Release(math.MaxInt) })
			require.Equal(t, 3, s.Value())
			s.Release(1 << 48)
			require.False(t, s.TryAcquire(math.MaxInt))
			s.Release(math.MaxInt - 1<<48 - 3)
			require.Equal(t, math.MaxInt, s.Value())
			misuse(t, func() { s.Release(1) })
			require.True(t, s.TryAcquire(math.MaxInt))
			require.Zero(t, s.Value())
		}},
	}...))
}

// permitBehaviours are those of semaphores of 3 permits, bounded or not.
var permitBehaviours = []behave.Behaviour[permitter]{
	{Name: "permits are taken while there are any", Check: func(t *testing.T, s permitter) {
		for n := range 3 {
			require.Equal(t, 3-n, s.Value())
			require.NoError(t, s.Acquire(t.Context(), 1))
		}
		require.False(t, s.TryAcquire(1))
		for n := range 3 {
			require.Equal(t, n, s.Value())
			s.Release(1)
		}
		require.True(t, s.TryAcquire(3))
		s.Release(3)
		require.Equal(t, 3, s.Value())
	}},
	{Name: "Acquire waits until all of its permits are free", Check: func(t *testing.T, s permitter) {
		require.True(t, s.TryAcquire(3))
		waiting := started(func() error { return s.Acquire(t.Context(), 2) })
		waits(t, waiting)
		s.Release(1)
		waits(t, waiting)
		s.Release(1)
		require.NoError(t, returned(t, waiting))
		require.Zero(t, s.Value())
		s.Release(3)
	}},
	{Name: "one that waits for many is not overtaken by those that want few", Check: func(t *testing.T, s permitter) {
		require.True(t, s.TryAcquire(2))
		many := started(func() error { return s.Acquire(t.Context(), 3) })
		untilRefused(t, s)
		few := started(func() error { return s.Acquire(t.Context(), 1) })
		waits(t, few)
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Millisecond)
		defer cancel()
		require.Equal(t, context.DeadlineExceeded, s.Acquire(ctx, 1))
		s.Release(2)
		require.NoError(t, returned(t, many))
		waits(t, few)
		s.Release(3)
		require.NoError(t, returned(t, few))
		s.Release(1)
		require.Equal(t, 3, s.Value())
	}},
	{Name: "those behind one that gives up go on", Check: func(t *testing.T, s permitter) {
		require.True(t, s.TryAcquire(2))
		ctx, cancel := canceled(t)
		many := started(func() error { return s.Acquire(ctx, 3) })
		untilRefused(t, s)
		few := started(func() error { return s.Acquire(t.Context(), 1) })
		waits(t, few)
		cancel()
		require.Equal(t, errEnded, returned(t, many))
		require.NoError(t, returned(t, few))
		s.Release(3)
		require.Equal(t, 3, s.Value())
	}},
	{Name: "no permits are had at once", Check: func(t *testing.T, s permitter) {
		require.True(t, s.TryAcquire(3))
		require.NoError(t, s.Acquire(t.Context(), 0))
		require.True(t, s.TryAcquire(0))
		s.Release(0)
		require.Zero(t, s.Value())
		s.Release(3)
	}},
	{Name: "no permits are had at once also while others wait", Check: func(t *testing.T, s permitter) {
		require.True(t, s.TryAcquire(2))
		many := started(func() error { return s.Acquire(t.Context(), 3) })
		untilRefused(t, s)
		require.True(t, s.TryAcquire(0))
		require.NoError(t, returned(t, started(func() error { return s.Acquire(t.Context(), 0) })))
		s.Release(2)
		require.NoError(t, returned(t, many))
		s.Release(3)
	}},
	{Name: "with a ctx that has ended nothing is taken", Check: func(t *testing.T, s permitter) {
		for n := range 3 {
			require.Equal(t, errEnded, s.Acquire(endedContext(t.Context()), n))
		}
		require.Equal(t, 3, s.Value())
	}},
	{Name: "a ctx that ends ends the wait, with its cause", Check: func(t *testing.T, s permitter) {
		require.True(t, s.TryAcquire(3))
		for range 4 {
			ctx, cancel := canceled(t)
			waiting := started(func() error { return s.Acquire(ctx, 2) })
			waits(t, waiting)
			cancel()
			require.Equal(t, errEnded, returned(t, waiting))
		}
		s.Release(3)
		require.Equal(t, 3, s.Value())
	}},
	{Name: "a negative number of permits is misuse", Check: func(t *testing.T, s permitter) {
		misuse(t, func() { s.Acquire(t.Context(), -1) })
		misuse(t, func() { s.TryAcquire(-1) })
		misuse(t, func() { s.Release(-1) })
		require.Equal(t, 3, s.Value())
	}},
	{Name: "permits are neither lost nor doubled", Check: permitStorm},
}

// untilRefused waits until a permit that is free is not to be had, since somebody waits
// for more.
func untilRefused(t *testing.T, s permitter) {
	t.Helper()
	until(t, "one waits for many", func() bool {
		if s.TryAcquire(1) {
			s.Release(1)
			return false
		}
		return true
	})
}

// Goroutines take one to three permits, and some of them give up.
func permitStorm(t *testing.T, s permitter) {
	var taken, most atomic.Int64
	var all sync.WaitGroup
	ctx, cancel := canceled(t)
	for i := range 6 {
		all.Go(func() {
			for r := range effort.Times(20, 10, 200) {
				c := t.Context()
				if i%2 == 0 && r > 5 {
					c = ctx
				}
				n := (i+r)%3 + 1
				if s.Acquire(c, n) != nil {
					return
				}
				if now := taken.Add(int64(n)); now > 3 {
					most.Store(now)
				}
				taken.Add(int64(-n))
				s.Release(n)
				if i == 1 && r == 5 {
					cancel()
				}
			}
		})
	}
	all.Wait()
	require.Zero(t, most.Load(), "so many were taken")
	require.Equal(t, 3, s.Value())
}
