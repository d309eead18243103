//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
)

// How items go in and come out.
var queueWaits = []behave.Behaviour[line]{
	{Name: "items come out in the order in which they were put", Check: func(t *testing.T, q line) {
		for round := range 3 {
			n := 10 * round
			put(t, q, n, n+1, n+2)
			require.Equal(t, 3, q.Len())
			get(t, q, n)
			put(t, q, n+3)
			get(t, q, n+1, n+2, n+3)
			_, err := q.TryGet()
			require.Equal(t, concurrent.ErrEmpty, err)
		}
	}},
	{Name: "no more items than the bound, and zero is one", Check: func(t *testing.T, q line) {
		require.Equal(t, 4, q.MaxSize())
		put(t, q, 0, 0, 0, 0)
		require.Equal(t, concurrent.ErrFull, q.TryPut(5))
		get(t, q, 0)
		put(t, q, 6)
		require.Equal(t, concurrent.ErrFull, q.TryPut(7))
		get(t, q, 0, 0, 0, 6)
	}},
	{Name: "Get waits for an item", Check: func(t *testing.T, q line) {
		a, b := getting(t.Context(), q), getting(t.Context(), q)
		waits(t, a)
		waits(t, b)
		require.NoError(t, q.Put(t.Context(), 1))
		require.NoError(t, q.Put(t.Context(), 1))
		require.Equal(t, got{1, nil}, returned(t, a))
		require.Equal(t, got{1, nil}, returned(t, b))
	}},
	{Name: "Put waits for room", Check: func(t *testing.T, q line) {
		put(t, q, 1, 2, 3, 4)
		more := started(func() error { return q.Put(t.Context(), 5) })
		waits(t, more)
		get(t, q, 1)
		require.NoError(t, returned(t, more))
		get(t, q, 2, 3, 4, 5)
	}},
	{Name: "with a ctx that has ended nothing is put or taken", Check: func(t *testing.T, q line) {
		ended := endedContext(t.Context())
		require.Equal(t, &concurrent.PutError[int]{Item: 7, Err: errEnded}, q.Put(ended, 7))
		n, err := q.PutAll(ended, []int{7})
		require.Equal(t, errEnded, err)
		require.Zero(t, n)
		require.Zero(t, q.Len())
		put(t, q, 1)
		_, err = q.Get(ended)
		require.Equal(t, errEnded, err)
		for _, size := range []int{0, 1} {
			n, err = q.GetMany(ended, make([]int, size))
			require.Equal(t, errEnded, err)
			require.Zero(t, n)
		}
		require.Equal(t, errEnded, q.Join(ended))
		require.Equal(t, 1, q.Len())
	}},
	{Name: "a ctx that ends ends the wait, with its cause", Check: func(t *testing.T, q line) {
		ctx, cancel := canceled(t)
		a := getting(ctx, q)
		waits(t, a)
		cancel()
		require.Equal(t, got{0, errEnded}, returned(t, a))
		put(t, q, 1, 2, 3, 4)
		ctx, cancel = canceled(t)
		b := started(func() error { return q.Put(ctx, 5) })
		c := started(func() error { return q.Join(ctx) })
		waits(t, b)
		waits(t, c)
		cancel()
		require.Equal(t, &concurrent.PutError[int]{Item: 5, Err: errEnded}, returned(t, b))
		require.Equal(t, errEnded, returned(t, c))
		get(t, q, 1, 2, 3, 4)
		require.Zero(t, q.Len())
	}},
	{Name: "an item goes to one that waits when another gives up", Check: func(t *testing.T, q line) {
		for range 5 {
			ctx, cancel := canceled(t)
			a, b := getting(ctx, q), getting(t.Context(), q)
			waits(t, b)
			go cancel()
			require.NoError(t, q.Put(t.Context(), 1))
			if returned(t, a).err == nil {
				require.NoError(t, q.Put(t.Context(), 1))
			}
			require.Equal(t, got{1, nil}, returned(t, b))
		}
	}},
	{Name: "a larger bound makes room, a smaller one takes none away", Check: func(t *testing.T, q line) {
		q.SetMaxSize(1)
		require.Equal(t, 1, q.MaxSize())
		put(t, q, 1)
		more := started(func() error { return q.Put(t.Context(), 2) })
		waits(t, more)
		q.SetMaxSize(4)
		require.NoError(t, returned(t, more))
		put(t, q, 3, 4)
		q.SetMaxSize(2)
		require.Equal(t, 4, q.Len())
		get(t, q, 1, 2)
		require.Equal(t, concurrent.ErrFull, q.TryPut(5))
		get(t, q, 3)
		put(t, q, 6)
		get(t, q, 4, 6)
		misuse(t, func() { q.SetMaxSize(0) })
	}},
}
