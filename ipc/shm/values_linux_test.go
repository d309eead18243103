//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/shm"
)

func TestNumber(t *testing.T) {
	m := newBundle(t).Memory
	i8, err := shm.NewNumber(m, int32(math.MaxInt32))
	require.NoError(t, err)
	require.EqualValues(t, math.MinInt32, i8.Add(1))
	require.EqualValues(t, math.MaxInt32, i8.Add(-1))
	u, err := shm.NewNumber(m, uint64(1))
	require.NoError(t, err)
	require.EqualValues(t, uint64(math.MaxUint64), u.Add(^uint64(1)))
	f, err := shm.NewNumber(m, -0.5)
	require.NoError(t, err)
	require.Equal(t, 0.25, f.Add(0.75))
	require.True(t, f.CompareAndSwap(0.25, 7))
	require.False(t, f.CompareAndSwap(0.25, 8))
	cause := errors.New("no")
	require.Equal(t, cause, f.With(t.Context(), func(v *float64) error { *v = 9; return cause }))
	require.Equal(t, 7.0, f.Load())
	require.NoError(t, f.With(t.Context(), func(v *float64) error { *v *= 2; return nil }))
	require.Equal(t, 14.0, f.Load())
}

func TestValue(t *testing.T) {
	m := newBundle(t).Memory
	v, err := shm.NewValue(m, [3]byte{1, 2, 3})
	require.NoError(t, err)
	require.Equal(t, [3]byte{1, 2, 3}, v.Load())
	v.Store([3]byte{4, 5, 6})
	require.Equal(t, [3]byte{4, 5, 6}, v.Load())
	cause := errors.New("no")
	require.Equal(t, cause, v.With(t.Context(), func(b *[3]byte) error { b[0] = 0; return cause }))
	require.Panics(t, func() { v.With(t.Context(), func(b *[3]byte) error { b[0] = 0; panic("no") }) })
	require.Equal(t, [3]byte{4, 5, 6}, v.Load())
	empty, err := shm.NewValue(m, struct{}{})
	require.NoError(t, err)
	require.Equal(t, struct{}{}, empty.Load())
}

type bad struct{ A [2]struct{ P *int } }

func TestArray(t *testing.T) {
	m := newBundle(t).Memory
	a, err := shm.NewArrayOf(m, []int32{1, 2, 3})
	require.NoError(t, err)
	require.Equal(t, 3, a.Len())
	require.EqualValues(t, 7, shm.AddAt(a, 1, 5))
	sum := int32(0)
	for _, v := range a.All() {
		sum += v
	}
	require.EqualValues(t, 11, sum)
	require.NoError(t, a.With(t.Context(), func(s []int32) error {
		require.True(t, a.Lock().Locked())
		s[0] = 10
		return nil
	}))
	require.False(t, a.Lock().Locked())
	require.Equal(t, []int32{10, 7, 3}, a.Slice())
	require.Panics(t, func() { shm.AddAt(a, 3, 1) })
}

// The race detector sees what a lock orders.
func TestGuardedMap(t *testing.T) {
	b := newBundle(t)
	m := map[int]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 500 {
				b.Lock.Lock()
				m[i%10]++
				b.Lock.Unlock()
			}
		})
	}
	all.Wait()
	require.Equal(t, 200, m[0])
}
