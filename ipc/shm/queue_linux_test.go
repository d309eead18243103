//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/shm"
)

// Any number of items can be put and taken by one call.
func TestQueueInBatches(t *testing.T) {
	for _, n := range []int{1, 12, 13, 16, 17, 64, 65, 200} {
		q, err := shm.NewQueue[int](newMemory(t), n)
		require.NoError(t, err)
		items := make([]int, n)
		for i := range items {
			items[i] = i
		}
		for range 2 { // the slots are used again
			put, err := q.PutAll(t.Context(), items)
			require.NoError(t, err)
			require.Equal(t, n, put)
			buf := make([]int, n+1)
			got, err := q.GetMany(t.Context(), buf)
			require.NoError(t, err)
			require.Equal(t, items, buf[:got])
		}
	}
}
