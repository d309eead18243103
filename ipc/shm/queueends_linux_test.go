//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
)

// How batches go in and come out.
var queueBatches = []behave.Behaviour[line]{
	{Name: "a batch goes in as there is room, and in order", Check: func(t *testing.T, q line) {
		items := make([]int, 100)
		for i := range items {
			items[i] = i
		}
		all := started(func() got {
			n, err := q.PutAll(t.Context(), items)
			return got{n, err}
		})
		for i := 0; i < len(items); {
			buf := make([]int, 3)
			n, err := q.GetMany(t.Context(), buf)
			require.NoError(t, err)
			require.Equal(t, items[i:i+n], buf[:n])
			i += n
		}
		require.Equal(t, got{100, nil}, returned(t, all))
	}},
	{Name: "GetMany takes what is there", Check: func(t *testing.T, q line) {
		put(t, q, 1, 2, 3, 4)
		buf := make([]int, 3)
		n, err := q.GetMany(t.Context(), buf)
		require.NoError(t, err)
		require.Equal(t, []int{1, 2, 3}, buf[:n])
		n, err = q.GetMany(t.Context(), buf)
		require.NoError(t, err)
		require.Equal(t, []int{4}, buf[:n])
		n, err = q.GetMany(t.Context(), nil)
		require.NoError(t, err)
		require.Zero(t, n)
	}},
	{Name: "a batch that is cut short says how much was put", Check: func(t *testing.T, q line) {
		ctx, cancel := canceled(t)
		all := started(func() got {
			n, err := q.PutAll(ctx, []int{1, 2, 3, 4, 5, 6})
			return got{n, err}
		})
		until(t, "it is full", func() bool { return q.Len() == 4 })
		waits(t, all)
		get(t, q, 1)
		until(t, "the next is put", func() bool { return q.Len() == 4 })
		cancel()
		require.Equal(t, got{5, errEnded}, returned(t, all))
		get(t, q, 2, 3, 4, 5)
		n, err := q.PutAll(t.Context(), nil)
		require.NoError(t, err)
		require.Zero(t, n)
	}},
}

// How a queue ends.
var queueEnds = []behave.Behaviour[line]{
	{Name: "Join waits until every item is done", Check: func(t *testing.T, q line) {
		require.NoError(t, q.Join(t.Context()))
		put(t, q, 1, 2)
		joined := started(func() error { return q.Join(t.Context()) })
		other := started(func() error { return q.Join(t.Context()) })
		for _, v := range []int{1, 2} {
			waits(t, joined)
			get(t, q, v)
			waits(t, joined)
			q.TaskDone()
		}
		require.NoError(t, returned(t, joined))
		require.NoError(t, returned(t, other))
		require.NoError(t, q.Join(t.Context()))
	}},
	{Name: "more that is done than was put is misuse", Check: func(t *testing.T, q line) {
		misuse(t, q.TaskDone)
		put(t, q, 1)
		get(t, q, 1)
		q.TaskDone()
		misuse(t, q.TaskDone)
		require.NoError(t, q.Join(t.Context()))
	}},
	{Name: "after Shutdown nothing is put, and what is there is taken", Check: func(t *testing.T, q line) {
		put(t, q, 1, 2)
		q.Shutdown(false)
		require.ErrorIs(t, q.TryPut(3), concurrent.ErrClosed)
		require.Equal(t, &concurrent.PutError[int]{Item: 3, Err: concurrent.ErrClosed}, q.Put(t.Context(), 3))
		n, err := q.PutAll(t.Context(), []int{3})
		require.ErrorIs(t, err, concurrent.ErrClosed)
		require.Zero(t, n)
		get(t, q, 1, 2)
		_, err = q.TryGet()
		require.Equal(t, concurrent.ErrClosed, err)
		_, err = q.Get(t.Context())
		require.Equal(t, concurrent.ErrClosed, err)
		_, err = q.GetMany(t.Context(), make([]int, 1))
		require.Equal(t, concurrent.ErrClosed, err)
		q.TaskDone()
		q.TaskDone()
		require.NoError(t, q.Join(t.Context()))
	}},
	{Name: "Shutdown ends what waits to put", Check: func(t *testing.T, q line) {
		put(t, q, 1, 2, 3, 4)
		a := started(func() error { return q.Put(t.Context(), 5) })
		b := started(func() got { n, err := q.PutAll(t.Context(), []int{6, 7}); return got{n, err} })
		waits(t, a)
		waits(t, b)
		q.Shutdown(false)
		require.Equal(t, &concurrent.PutError[int]{Item: 5, Err: concurrent.ErrClosed}, returned(t, a))
		require.Equal(t, got{0, concurrent.ErrClosed}, returned(t, b))
		get(t, q, 1, 2, 3, 4)
	}},
	{Name: "Shutdown ends what waits to get", Check: func(t *testing.T, q line) {
		a, b := getting(t.Context(), q), getting(t.Context(), q)
		waits(t, a)
		waits(t, b)
		q.Shutdown(false)
		require.Equal(t, got{0, concurrent.ErrClosed}, returned(t, a))
		require.Equal(t, got{0, concurrent.ErrClosed}, returned(t, b))
	}},
	{Name: "an immediate Shutdown drops the items, which are done", Check: func(t *testing.T, q line) {
		put(t, q, 1, 2, 3, 4)
		get(t, q, 1)
		joined := started(func() error { return q.Join(t.Context()) })
		waits(t, joined)
		q.Shutdown(false)
		q.Shutdown(true)
		require.Zero(t, q.Len())
		waits(t, joined)
		_, err := q.TryGet()
		require.Equal(t, concurrent.ErrClosed, err)
		q.TaskDone()
		require.NoError(t, returned(t, joined))
	}},
}
