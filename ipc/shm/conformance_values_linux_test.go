//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

type foo struct{ X, Y float64 }

// A valuesChild is what a child changes.
type valuesChild struct {
	Int    *shm.Number[int32]
	Float  *shm.Number[float64]
	Short  *shm.Value[int16]
	Long   *shm.Number[int64]
	Char   *shm.Value[byte]
	Foo    *shm.Value[foo]
	Floats *shm.Array[float64]
	Text   *shm.Array[byte]
	Locked bool
}

var storing = ipc.Func("shm_test.storing", func(_ context.Context, c valuesChild) (struct{}, error) {
	c.Int.Store(24234)
	c.Float.Store(-4.25)
	c.Short.Store(234)
	c.Long.Store(1 << 34)
	c.Char.Store('y')
	return struct{}{}, nil
})

// doubling doubles everything, under locks or not.
var doubling = ipc.Func("shm_test.doubling", func(ctx context.Context, c valuesChild) (struct{}, error) {
	twice := func(floats []float64) error {
		for i := range floats {
			floats[i] *= 2
		}
		return nil
	}
	repeat := func(text []byte) error {
		n := 0
		for text[n] != 0 {
			n++
		}
		copy(text[n:], text[:n])
		return nil
	}
	if !c.Locked {
		c.Int.Store(2 * c.Int.Load())
		c.Float.Store(2 * c.Float.Load())
		c.Long.Store(2 * c.Long.Load())
		f := c.Foo.Load()
		c.Foo.Store(foo{2 * f.X, 2 * f.Y})
		twice(c.Floats.Slice())
		repeat(c.Text.Slice())
		return struct{}{}, nil
	}
	for _, err := range []error{
		c.Int.With(ctx, func(v *int32) error { *v *= 2; return nil }),
		c.Float.With(ctx, func(v *float64) error { *v *= 2; return nil }),
		c.Long.With(ctx, func(v *int64) error { *v *= 2; return nil }),
		c.Foo.With(ctx, func(v *foo) error { v.X *= 2; v.Y *= 2; return nil }),
		c.Floats.With(ctx, twice),
		c.Text.With(ctx, repeat),
	} {
		if err != nil {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
})

var summing = ipc.Func("shm_test.summing", func(ctx context.Context, a *shm.Array[int32]) (struct{}, error) {
	return struct{}{}, a.With(ctx, sums)
})

// summingRaw does without the lock.
var summingRaw = ipc.Func("shm_test.summingRaw", func(_ context.Context, a *shm.Array[int32]) (struct{}, error) {
	return struct{}{}, sums(a.Slice())
})

// sums makes each item the sum of those up to it.
func sums(items []int32) error {
	for i := 1; i < len(items); i++ {
		items[i] += items[i-1]
	}
	return nil
}

func newValues(t *testing.T, i int32, f float64) valuesChild {
	t.Helper()
	m := newMemory(t)
	var c valuesChild
	var err error
	c.Int, err = shm.NewNumber(m, i)
	require.NoError(t, err)
	c.Float, err = shm.NewNumber(m, f)
	require.NoError(t, err)
	c.Short, err = shm.NewValue(m, int16(-232))
	require.NoError(t, err)
	c.Long, err = shm.NewNumber(m, int64(1<<33))
	require.NoError(t, err)
	c.Char, err = shm.NewValue(m, byte('x'))
	require.NoError(t, err)
	c.Foo, err = shm.NewValue(m, foo{3, 2})
	require.NoError(t, err)
	c.Floats, err = shm.NewArrayOf(m, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	require.NoError(t, err)
	c.Text, err = shm.NewArray[byte](m, 20)
	require.NoError(t, err)
	copy(c.Text.Slice(), "hello")
	return c
}

func TestConformanceValues(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	values := func(t *testing.T) {
		c := newValues(t, 4343, 3.625)
		require.Equal(t, []any{int32(4343), 3.625, int16(-232), int64(1 << 33), byte('x')},
			[]any{c.Int.Load(), c.Float.Load(), c.Short.Load(), c.Long.Load(), c.Char.Load()})
		_, err := storing.On(pool)(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, []any{int32(24234), -4.25, int16(234), int64(1 << 34), byte('y')},
			[]any{c.Int.Load(), c.Float.Load(), c.Short.Load(), c.Long.Load(), c.Char.Load()})
	}
	t.Run("_test_multiprocessing/_TestValue/test_value", values)
	t.Run("_test_multiprocessing/_TestValue/test_rawvalue", values) // a Number has no lock

	types := func(locked bool) func(t *testing.T) {
		return func(t *testing.T) {
			c := newValues(t, 7, 1.0/3)
			c.Locked = locked
			_, err := doubling.On(pool)(t.Context(), c)
			require.NoError(t, err)
			require.EqualValues(t, 14, c.Int.Load())
			require.Equal(t, 2.0/3, c.Float.Load())
			require.EqualValues(t, 1<<34, c.Long.Load())
			require.Equal(t, foo{6, 4}, c.Foo.Load())
			for i, v := range c.Floats.All() {
				require.Equal(t, float64(2*i), v)
			}
			require.Equal(t, "hellohello", string(c.Text.Slice()[:10]))
		}
	}
	t.Run("_test_multiprocessing/_TestSharedCTypes/test_sharedctypes", types(false))
	t.Run("_test_multiprocessing/_TestSharedCTypes/test_synchronize", types(true))
	t.Run("_test_multiprocessing/_TestSharedCTypes/test_copy", func(t *testing.T) {
		v := newValues(t, 0, 0).Foo
		copied := v.Load()
		v.Store(foo{})
		require.Equal(t, foo{3, 2}, copied)
	})
}

func TestConformanceArrays(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	arrays := func(sum *ipc.Function[*shm.Array[int32], struct{}]) func(t *testing.T) {
		return func(t *testing.T) {
			want := []int32{680, 626, 934, 821, 150, 233, 548, 982, 714, 831}
			a, err := shm.NewArrayOf(newMemory(t), want)
			require.NoError(t, err)
			require.Equal(t, len(want), a.Len())
			require.Equal(t, want[3], a.Slice()[3])
			require.Equal(t, want[2:7], a.Slice()[2:7])
			copy(a.Slice()[4:8], []int32{1, 2, 3, 4})
			copy(want[4:8], []int32{1, 2, 3, 4})
			require.Equal(t, want, a.Slice())
			require.NoError(t, sums(want))
			_, err = sum.On(pool)(t.Context(), a)
			require.NoError(t, err)
			require.Equal(t, want, a.Slice())
		}
	}
	t.Run("_test_multiprocessing/_TestArray/test_array", arrays(summing))
	t.Run("_test_multiprocessing/_TestArray/test_rawarray", arrays(summingRaw))
	t.Run("_test_multiprocessing/_TestArray/test_array_from_size", func(t *testing.T) {
		m := newMemory(t)
		for range 3 {
			a, err := shm.NewArray[int32](m, 10)
			require.NoError(t, err)
			require.Equal(t, make([]int32, 10), a.Slice())
			for i := range a.Len() {
				a.Slice()[i] = int32(i)
			}
			require.EqualValues(t, []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, a.Slice())
		}
	})
}
