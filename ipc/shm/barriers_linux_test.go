//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A barrier is a Barrier of either package.
type barrier interface {
	Wait(ctx context.Context) (index int, err error)
	Reset()
	Abort()
	Broken() bool
	Waiting() int
	Parties() int
}

// A meeter is a barrier of 3 parties that counts how often its action has run.
type meeter struct {
	barrier
	ran func() int
}

type farBarrier struct{ *far }

func (b farBarrier) Wait(ctx context.Context) (int, error) {
	r, err := b.any(ctx, "Wait")
	return r.N, err
}

func (b farBarrier) Reset()       { b.now("Reset") }
func (b farBarrier) Abort()       { b.now("Abort") }
func (b farBarrier) Broken() bool { return b.now("Broken").OK }
func (b farBarrier) Waiting() int { return b.now("Waiting").N }
func (b farBarrier) Parties() int { return b.now("Parties").N }

var counted = ipc.Func("shm_test.counted", func(_ context.Context, n *shm.Number[int]) (int, error) { return n.Add(1), nil })

// countedBarrier is a barrier, and what its action counts.
type countedBarrier struct {
	b *shm.Barrier
	n *shm.Number[int]
}

func meeters(c *crew) []behave.Backend[meeter] {
	return nounBackends(c,
		func() meeter {
			var n atomic.Int32
			return meeter{concurrent.NewBarrier(3, func() { n.Add(1) }), func() int { return int(n.Load()) }}
		},
		func(m *shm.Memory) (countedBarrier, error) {
			n, err := shm.NewNumber(m, 0)
			if err != nil {
				return countedBarrier{}, err
			}
			b, err := shm.NewBarrier(m, 3, shm.BarrierOptions{Action: counted.Bind(n)})
			return countedBarrier{b, n}, err
		},
		func(c countedBarrier) meeter { return meeter{c.b, c.n.Load} },
		func(f *far) meeter {
			c := f.object.(countedBarrier)
			f.object = c.b
			return meeter{farBarrier{f}, c.n.Load}
		})
}

// A party is what Wait has returned.
type party struct {
	index int
	err   error
}

// meet has n parties come, and returns when they wait if fewer than all do.
func meet(t *testing.T, ctx context.Context, b meeter, n int) <-chan party {
	t.Helper()
	before := b.Waiting()
	c := make(chan party, n)
	for range n {
		go func() {
			index, err := b.Wait(ctx)
			c <- party{index, err}
		}()
	}
	if before+n < 3 {
		until(t, "they wait", func() bool { return b.Waiting() == before+n })
	}
	return c
}

func testBarriers(t *testing.T, c *crew) {
	backends := meeters(c)
	behave.Over(t, backends, []behave.Behaviour[meeter]{
		{Name: "all parties come before any goes on, each with a number of its own", Check: func(t *testing.T, b meeter) {
			require.Equal(t, 3, b.Parties())
			for round := range effort.Times(5, 3, 100) {
				some := meet(t, t.Context(), b, 2)
				waits(t, some)
				require.Equal(t, round, b.ran())
				last := returned(t, meet(t, t.Context(), b, 1))
				require.Equal(t, party{2, nil}, last, "it ran the action")
				require.Equal(t, round+1, b.ran())
				indexes := []int{returned(t, some).index, returned(t, some).index}
				slices.Sort(indexes)
				require.Equal(t, []int{0, 1}, indexes)
				require.Zero(t, b.Waiting())
				require.False(t, b.Broken())
			}
		}},
		{Name: "more goroutines than parties meet in turn", Check: func(t *testing.T, b meeter) {
			rounds := effort.Times(6, 3, 100)
			all := meet(t, t.Context(), b, 3*rounds)
			seen := map[int]int{}
			for range 3 * rounds {
				p := returned(t, all)
				require.NoError(t, p.err)
				seen[p.index]++
			}
			require.Equal(t, map[int]int{0: rounds, 1: rounds, 2: rounds}, seen)
			require.Equal(t, rounds, b.ran())
		}},
		{Name: "a ctx that ends breaks it", Check: func(t *testing.T, b meeter) {
			ctx, cancel := canceled(t)
			ends, stays := meet(t, ctx, b, 1), meet(t, t.Context(), b, 1)
			cancel()
			require.Equal(t, party{0, errEnded}, returned(t, ends))
			require.Equal(t, party{0, concurrent.ErrBroken}, returned(t, stays))
			broken(t, b)
			b.Reset()
			whole(t, b)
		}},
		{Name: "a ctx that has ended breaks it, too", Check: func(t *testing.T, b meeter) {
			stays := meet(t, t.Context(), b, 1)
			_, err := b.Wait(endedContext(t.Context()))
			require.Equal(t, errEnded, err)
			require.Equal(t, party{0, concurrent.ErrBroken}, returned(t, stays))
			broken(t, b)
			_, err = b.Wait(endedContext(t.Context()))
			require.Equal(t, errEnded, err, "of a broken one")
		}},
		{Name: "Abort breaks it until Reset", Check: func(t *testing.T, b meeter) {
			some := meet(t, t.Context(), b, 2)
			b.Abort()
			b.Abort()
			for range 2 {
				require.Equal(t, party{0, concurrent.ErrBroken}, returned(t, some))
			}
			broken(t, b)
			b.Reset()
			whole(t, b)
			b.Abort()
			broken(t, b)
		}},
		{Name: "Reset turns those away that wait, and breaks nothing", Check: func(t *testing.T, b meeter) {
			some := meet(t, t.Context(), b, 2)
			b.Reset()
			for range 2 {
				require.Equal(t, party{0, concurrent.ErrBroken}, returned(t, some))
			}
			b.Reset()
			whole(t, b)
		}},
		{Name: "Abort and Reset at once turn those away that wait", Check: func(t *testing.T, b meeter) {
			for range effort.Times(5, 3, 50) {
				some := meet(t, t.Context(), b, 2)
				b.Abort()
				b.Reset()
				for range 2 {
					require.Equal(t, party{0, concurrent.ErrBroken}, returned(t, some))
				}
			}
			whole(t, b)
		}},
	})
	t.Run("in one process", func(t *testing.T) {
		behave.Over(t, backends[:2], []behave.Behaviour[meeter]{
			{Name: "parties with one ctx all get its cause", Check: func(t *testing.T, b meeter) {
				ctx, cancel := canceled(t)
				all := meet(t, ctx, b, 2)
				cancel()
				for range 2 {
					require.Equal(t, party{0, errEnded}, returned(t, all))
				}
				broken(t, b)
			}},
		})
	})
	m := newMemory(t)
	for name, f := range map[string]func(){
		"goroutines": func() { concurrent.NewBarrier(0, nil) },
		"processes":  func() { shm.NewBarrier(m, 0) },
	} {
		t.Run("no parties are misuse between "+name, func(t *testing.T) { misuse(t, f) })
	}
	t.Run("an action has objects of the same memory only", func(t *testing.T) {
		n, err := shm.NewNumber(newMemory(t), 0)
		require.NoError(t, err)
		_, err = shm.NewBarrier(m, 2, shm.BarrierOptions{Action: counted.Bind(n)})
		require.ErrorIs(t, err, ipc.ErrFilesUnsupported)
	})
	t.Run("an action that fails breaks it", func(t *testing.T) {
		b, err := shm.NewBarrier(m, 2, shm.BarrierOptions{Action: failing.Bind("")})
		require.NoError(t, err)
		first := started(func() error { _, err := b.Wait(t.Context()); return err })
		until(t, "it waits", func() bool { return b.Waiting() == 1 })
		_, err = b.Wait(t.Context())
		require.ErrorContains(t, err, errEnded.Error())
		require.Equal(t, shm.ErrBroken, returned(t, first))
		require.True(t, b.Broken())
	})
}

var failing = ipc.Func("shm_test.failing", func(context.Context, string) (int, error) {
	return 0, errors.Join(errEnded)
})

// broken checks that b is.
func broken(t *testing.T, b meeter) {
	t.Helper()
	require.True(t, b.Broken())
	require.Zero(t, b.Waiting())
	_, err := b.Wait(t.Context())
	require.Equal(t, concurrent.ErrBroken, err)
}

// whole checks that parties meet at b.
func whole(t *testing.T, b meeter) {
	t.Helper()
	require.False(t, b.Broken())
	require.Zero(t, b.Waiting())
	all := meet(t, t.Context(), b, 3)
	for range 3 {
		require.NoError(t, returned(t, all).err)
	}
}
