//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// grandparents make a queue, and a process that looks into it.
var (
	grandchildren = ipc.Func("shm_test.grandchild", func(_ context.Context, q *shm.Queue[int]) (bool, error) {
		_, err := q.TryGet()
		return err == shm.ErrEmpty, nil
	})
	grandparents = ipc.Func("shm_test.grandparent", func(ctx context.Context, _ struct{}) (bool, error) {
		m, err := shm.NewMemory()
		if err != nil {
			return false, err
		}
		defer m.Close()
		q, err := shm.NewQueue[int](m, 1)
		if err != nil {
			return false, err
		}
		p, err := ipc.Start(ctx, grandchildren, q)
		if err != nil {
			return false, err
		}
		return p.Result(ctx)
	})
)

// short is a time after which a test looks whether somebody still waits.
const short = 30 * time.Millisecond

// expires checks that f waits until its ctx ends.
func expires(t *testing.T, f func(ctx context.Context) error) {
	t.Helper()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), short)
	defer cancel()
	require.ErrorIs(t, f(ctx), context.DeadlineExceeded)
	require.GreaterOrEqual(t, time.Since(begun), short)
}

func TestConformanceQueue(t *testing.T) {
	t.Run("_test_multiprocessing/_TestQueue/test_put", func(t *testing.T) {
		m := newMemory(t)
		q := intQueue(t, m, 6)
		c, p := startedChild(t, m, queueChild{Queue: q, Get: 6})
		require.Zero(t, q.Len())
		for v := range 6 {
			require.NoError(t, q.Put(t.Context(), v+1))
		}
		require.Equal(t, q.MaxSize(), q.Len())
		require.Equal(t, shm.ErrFull, q.TryPut(7))
		expires(t, func(ctx context.Context) error { return q.Put(ctx, 7) })
		require.Equal(t, 6, q.Len())
		c.Start.Set()
		require.NoError(t, c.Ready.Wait(t.Context()))
		require.Zero(t, q.Len())
		got, err := p.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{1, 2, 3, 4, 5, 6}, got)
	})
	t.Run("_test_multiprocessing/_TestQueue/test_get", func(t *testing.T) {
		m := newMemory(t)
		q := intQueue(t, m, 10)
		c, p := startedChild(t, m, queueChild{Queue: q, Put: []int{2, 3, 4, 5}})
		require.Zero(t, q.Len())
		c.Start.Set()
		require.NoError(t, c.Ready.Wait(t.Context()))
		require.Equal(t, 4, q.Len())
		for v := range 3 {
			got, err := q.Get(t.Context())
			require.NoError(t, err)
			require.Equal(t, v+2, got)
		}
		got, err := q.TryGet()
		require.NoError(t, err)
		require.Equal(t, 5, got)
		require.Zero(t, q.Len())
		_, err = q.TryGet()
		require.Equal(t, shm.ErrEmpty, err)
		expires(t, func(ctx context.Context) error { _, err := q.Get(ctx); return err })
		require.NoError(t, p.Join(t.Context()))
	})
	t.Run("_test_multiprocessing/_TestQueue/test_qsize", func(t *testing.T) {
		q := intQueue(t, newMemory(t), 10)
		for i, step := range []int{0, 1, 1, -1, -1} {
			if step > 0 {
				require.NoError(t, q.Put(t.Context(), i))
			} else if step < 0 {
				_, err := q.Get(t.Context())
				require.NoError(t, err)
			}
			require.Equal(t, []int{0, 1, 2, 1, 0}[i], q.Len())
		}
	})
	t.Run("_test_multiprocessing/_TestQueue/test_task_done", func(t *testing.T) {
		q := intQueue(t, newMemory(t), 20)
		var children []*ipc.Process[int]
		for range 4 {
			p, err := ipc.Start(t.Context(), doneChildren, q)
			require.NoError(t, err)
			children = append(children, p)
		}
		for i := range 10 {
			require.NoError(t, q.Put(t.Context(), i))
		}
		require.NoError(t, q.Join(t.Context()))
		require.Zero(t, q.Len())
		for range children {
			require.NoError(t, q.Put(t.Context(), -1))
		}
		did := 0
		for _, p := range children {
			n, err := p.Result(t.Context())
			require.NoError(t, err)
			did += n
		}
		require.Equal(t, 10, did)
	})
	t.Run("_test_multiprocessing/_TestQueue/test_timeout", func(t *testing.T) {
		q := intQueue(t, newMemory(t), 1)
		expires(t, func(ctx context.Context) error { _, err := q.Get(ctx); return err })
	})
	t.Run("_test_multiprocessing/_TestQueue/test_queue_feeder_donot_stop_onexc", func(t *testing.T) {
		for _, size := range []int{1, 10} {
			q, err := shm.NewQueue[stubborn](newMemory(t), size)
			require.NoError(t, err)
			require.ErrorIs(t, q.Put(t.Context(), stubborn{Fails: true}), errStubborn)
			require.Zero(t, q.Len())
			require.NoError(t, q.Put(t.Context(), stubborn{}))
			require.Equal(t, 1, q.Len())
			_, err = q.Get(t.Context())
			require.NoError(t, err)
			require.Zero(t, q.Len())
		}
	})
	t.Run("_test_multiprocessing/_TestQueue/test_closed_queue_put_get_exceptions", func(t *testing.T) {
		m := newMemory(t)
		q := intQueue(t, m, 1)
		require.NoError(t, m.Close())
		require.ErrorIs(t, q.Put(t.Context(), 1), shm.ErrClosed)
		_, err := q.Get(t.Context())
		require.ErrorIs(t, err, shm.ErrClosed)
	})
	t.Run("_test_multiprocessing/TestSimpleQueue/test_empty_exceptions", func(t *testing.T) {
		m := newMemory(t)
		q := intQueue(t, m, 1)
		require.NoError(t, m.Close())
		misuse(t, func() { q.Len() })
	})
	t.Run("_test_multiprocessing/TestSimpleQueue/test_empty", func(t *testing.T) {
		m := newMemory(t)
		q, err := shm.NewQueue[bool](m, 4)
		require.NoError(t, err)
		start, err := shm.NewEvent(m)
		require.NoError(t, err)
		ready, err := shm.NewEvent(m)
		require.NoError(t, err)
		p, err := ipc.Start(t.Context(), emptyChildren, struct {
			Queue        *shm.Queue[bool]
			Start, Ready *shm.Event
		}{q, start, ready})
		require.NoError(t, err)
		require.Zero(t, q.Len())
		start.Set()
		require.NoError(t, ready.Wait(t.Context()))
		var got []bool
		for q.Len() > 0 {
			v, err := q.Get(t.Context())
			require.NoError(t, err)
			got = append(got, v)
		}
		require.True(t, slices.Equal([]bool{true, false}, got))
		require.NoError(t, p.Join(t.Context()))
	})
	t.Run("_test_multiprocessing/TestSimpleQueue/test_close", func(t *testing.T) {
		m := newMemory(t)
		intQueue(t, m, 1)
		require.NoError(t, m.Close())
		require.NoError(t, m.Close())
	})
	t.Run("_test_multiprocessing/TestStdinBadfiledescriptor/test_queue_in_process", func(t *testing.T) {
		p, err := ipc.Start(t.Context(), grandparents, struct{}{})
		require.NoError(t, err)
		empty, err := p.Result(t.Context())
		require.NoError(t, err)
		require.True(t, empty)
	})
}
