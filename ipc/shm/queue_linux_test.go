//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
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

// Items of any size come out as they were put, in their order: small ones within one
// section, others outside of any, and large ones without an encoding.
func TestQueueOfSmallAndLarge(t *testing.T) {
	q, err := shm.NewQueue[[]byte](newMemory(t), 64, shm.QueueOptions{MaxItem: 5000})
	require.NoError(t, err)
	var items [][]byte
	for i, n := range []int{0, 1, 60, 1000, 1022, 1023, 1024, 1025, 4998, 3, 4000, 4000, 0, 700, 700, 5} {
		items = append(items, bytes.Repeat([]byte{byte(i)}, n))
	}
	items = append(items, nil)
	for range 3 {
		n, err := q.PutAll(t.Context(), items)
		require.NoError(t, err)
		require.Equal(t, len(items), n)
		require.NoError(t, q.TryPut(items[8]))
		got := make([][]byte, 5)
		n, err = q.GetMany(t.Context(), got)
		require.NoError(t, err)
		require.Equal(t, items[:n], got[:n])
		for _, want := range append(items[n:len(items):len(items)], items[8]) {
			v, err := q.TryGet()
			require.NoError(t, err)
			require.Equal(t, want, v)
		}
	}
	require.NoError(t, q.Put(t.Context(), items[8]))
	l, err := q.Lease(t.Context())
	require.NoError(t, err)
	require.Equal(t, items[8], l.Item)
	l.Done()
	require.ErrorAs(t, q.Put(t.Context(), make([]byte, 4999)), new(*ipc.TooLargeError))
	require.Zero(t, q.Stats().Len)
}
