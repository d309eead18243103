//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A counting is a number that travels, and what is done with its memory.
type counting struct {
	Number *shm.Number[int]
	Other  *shm.Number[int]
	Memory *shm.Memory
	Fail   bool
}

var countIt = ipc.Func("shm_test.countIt", func(ctx context.Context, c counting) (int, error) {
	n := c.Number.Add(1)
	if c.Other != nil {
		c.Other.Add(1)
	}
	if c.Memory != nil {
		return n, c.Memory.Close()
	}
	if c.Fail {
		return n, errors.New("failed")
	}
	return n, nil
})

// A worker gets a memory once, and again after it has closed it, over both transports and
// in chunks too.
func TestMemoryIsKnown(t *testing.T) {
	for _, pipes := range []bool{false, true} {
		m, other := newMemory(t), newMemory(t)
		number, err := shm.NewNumber(m, 0)
		require.NoError(t, err)
		second, err := shm.NewNumber(other, 0)
		require.NoError(t, err)
		pool := newPool(t, ipc.PoolOptions{Workers: 1, NoSharedMemory: pipes})
		call := countIt.On(pool)
		want := 0
		count := func(c counting) error {
			t.Helper()
			c.Number = number
			want++
			n, err := call(t.Context(), c)
			if err == nil {
				require.Equal(t, want, n)
			}
			return err
		}
		for range 3 {
			require.NoError(t, count(counting{}))
			require.NoError(t, count(counting{Other: second}))
			require.Error(t, count(counting{Fail: true}))
		}
		for range 3 { // the worker closes it, and gets it again
			require.NoError(t, count(counting{Memory: m}))
		}
		require.NoError(t, count(counting{}))
		require.Equal(t, 3, second.Load())
		out, err := countIt.OnChunks(pool)(t.Context(), []counting{{Number: number}, {Number: number}})
		require.NoError(t, err)
		require.Equal(t, []int{want + 1, want + 2}, out)
		want += 2
		want++
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = call(ctx, counting{Number: number})
		require.Error(t, err)
		require.NoError(t, pool.Replace(t.Context()))
		want--
		require.NoError(t, count(counting{}), "a new worker does not know it")
		m.Close()
		_, err = call(t.Context(), counting{Number: number})
		require.ErrorIs(t, err, shm.ErrClosed)
	}
}
