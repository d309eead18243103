package ipc_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// previous keeps its argument, and returns that of the call before in the same process.
var previous = func() func(context.Context, []byte) ([]byte, error) {
	var last []byte
	return func(_ context.Context, data []byte) ([]byte, error) {
		before := last
		last = data
		return before, nil
	}
}()

var previousOne = ipc.Func("test.previous", previous)

// Arguments belong to the function and results to the caller: the memory that carried
// them is used again for others, and they stay what they were.
func TestPayloadsStay(t *testing.T) {
	pool, err := ipc.NewPool(t.Context(), ipc.PoolOptions{Workers: 1})
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer pool.Close()
	sizes := []int{1, 4 << 10, 9 << 10, 64 << 10, 1 << 20, 18 << 20, 64 << 10, 5, 1 << 20, 0}
	var results [][]byte
	for i, n := range sizes {
		out, err := previousOne.On(pool)(t.Context(), bytes.Repeat([]byte{byte(i + 1)}, n))
		require.NoError(t, err)
		results = append(results, out)
	}
	require.Nil(t, results[0])
	for i, out := range results[1:] {
		require.Len(t, out, sizes[i])
		require.Equal(t, sizes[i], bytes.Count(out, []byte{byte(i + 1)}))
	}
}
