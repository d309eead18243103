//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A bounded is a BoundedSemaphore of either package.
type bounded interface {
	permitter
	Bound() int
	Resize(n int)
}

// A farBounded gives permits back where they were taken.
type farBounded struct{ farSemaphore }

func (b farBounded) Acquire(ctx context.Context, n int) error {
	_, err := b.hold(ctx, n, "Acquire", n)
	return err
}

func (b farBounded) TryAcquire(n int) bool {
	r, _ := b.hold(context.Background(), n, "TryAcquire", n)
	return r.OK
}

func (b farBounded) Release(n int) {
	b.mu.Lock()
	have := len(b.holds)
	b.mu.Unlock()
	if n < 1 || n > have {
		b.in(b.crew.here, context.Background(), order{Method: "Release", Items: []int{n}})
	}
	for range n {
		b.drop("Release", 1)
	}
}

func (b farBounded) Bound() int   { return b.now("Bound").N }
func (b farBounded) Resize(n int) { b.now("Resize", n) }

func testBoundedSemaphores(t *testing.T, c *crew) {
	backends := nounBackends(c,
		func() bounded { return concurrent.NewBoundedSemaphore(3) },
		func(m *shm.Memory) (*shm.BoundedSemaphore, error) { return shm.NewBoundedSemaphore(m, 3) },
		func(s *shm.BoundedSemaphore) bounded { return s },
		func(f *far) bounded { return farBounded{farSemaphore{f}} })
	var behaviours []behave.Behaviour[bounded]
	for _, b := range permitBehaviours {
		behaviours = append(behaviours, behave.Behaviour[bounded]{Name: b.Name, Check: func(t *testing.T, s bounded) { b.Check(t, s) }})
	}
	behave.Over(t, backends, slices.Concat(behaviours, []behave.Behaviour[bounded]{
		{Name: "more releases than acquires are misuse, and give nothing back", Check: func(t *testing.T, s bounded) {
			misuse(t, func() { s.Release(1) })
			require.True(t, s.TryAcquire(2))
			misuse(t, func() { s.Release(3) })
			require.Equal(t, 1, s.Value())
			s.Release(2)
			misuse(t, func() { s.Release(1) })
			require.Equal(t, 3, s.Value())
		}},
		{Name: "more than the bound is an error at once", Check: func(t *testing.T, s bounded) {
			require.Equal(t, &concurrent.BoundError{Wanted: 4, Bound: 3}, s.Acquire(t.Context(), 4))
			require.False(t, s.TryAcquire(4))
			require.Equal(t, errEnded, s.Acquire(endedContext(t.Context()), 4))
			require.Equal(t, 3, s.Value())
		}},
		{Name: "a larger bound adds permits", Check: func(t *testing.T, s bounded) {
			require.True(t, s.TryAcquire(3))
			waiting := started(func() error { return s.Acquire(t.Context(), 2) })
			waits(t, waiting)
			s.Resize(5)
			require.NoError(t, returned(t, waiting))
			require.Equal(t, 5, s.Bound())
			require.Zero(t, s.Value())
			s.Release(5)
			require.Equal(t, 5, s.Value())
		}},
		{Name: "a smaller bound withdraws permits as they come back", Check: func(t *testing.T, s bounded) {
			require.True(t, s.TryAcquire(3))
			s.Resize(1)
			require.Equal(t, 1, s.Bound())
			for range 3 {
				require.Zero(t, s.Value())
				require.False(t, s.TryAcquire(1))
				s.Release(1)
			}
			require.Equal(t, 1, s.Value())
			misuse(t, func() { s.Release(1) })
			s.Resize(0)
			require.Zero(t, s.Value())
			require.Equal(t, &concurrent.BoundError{Wanted: 1, Bound: 0}, s.Acquire(t.Context(), 1))
			require.NoError(t, s.Acquire(t.Context(), 0))
		}},
		{Name: "those that wait for more than the new bound get an error", Check: func(t *testing.T, s bounded) {
			require.True(t, s.TryAcquire(3))
			many := started(func() error { return s.Acquire(t.Context(), 3) })
			few := started(func() error { return s.Acquire(t.Context(), 1) })
			waits(t, many)
			waits(t, few)
			s.Resize(2)
			require.Equal(t, &concurrent.BoundError{Wanted: 3, Bound: 2}, returned(t, many))
			waits(t, few)
			s.Release(2)
			require.NoError(t, returned(t, few))
			s.Release(2)
			require.Equal(t, 2, s.Value())
		}},
		{Name: "a negative bound is misuse", Check: func(t *testing.T, s bounded) {
			misuse(t, func() { s.Resize(-1) })
			require.Equal(t, 3, s.Bound())
		}},
	}))
}
