//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A line is a Queue of either package.
type line interface {
	Put(ctx context.Context, v int) error
	TryPut(v int) error
	PutAll(ctx context.Context, items []int) (int, error)
	Get(ctx context.Context) (int, error)
	TryGet() (int, error)
	GetMany(ctx context.Context, buf []int) (int, error)
	TaskDone()
	Join(ctx context.Context) error
	Shutdown(immediate bool)
	Len() int
	MaxSize() int
	SetMaxSize(n int)
}

// A farQueue says that an item is done where it was taken.
type farQueue struct{ *far }

func (q farQueue) Put(ctx context.Context, v int) error {
	_, err := q.any(ctx, "Put", v)
	return err
}

func (q farQueue) TryPut(v int) error {
	_, err := q.any(context.Background(), "TryPut", v)
	return err
}

func (q farQueue) PutAll(ctx context.Context, items []int) (int, error) {
	r, err := q.any(ctx, "PutAll", items...)
	return r.N, err
}

func (q farQueue) Get(ctx context.Context) (int, error) {
	r, err := q.hold(ctx, 1, "Get")
	return r.N, err
}

func (q farQueue) TryGet() (int, error) {
	r, err := q.hold(context.Background(), 1, "TryGet")
	return r.N, err
}

func (q farQueue) GetMany(ctx context.Context, buf []int) (int, error) {
	r, err := q.hold(ctx, len(buf), "GetMany", buf...)
	copy(buf, r.Buf)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err == nil { // it has not filled the whole of buf
		q.holds = q.holds[:len(q.holds)-len(buf)+r.N]
	}
	return r.N, err
}

func (q farQueue) TaskDone()                      { q.drop("TaskDone") }
func (q farQueue) Join(ctx context.Context) error { _, err := q.any(ctx, "Join"); return err }
func (q farQueue) Len() int                       { return q.now("Len").N }
func (q farQueue) MaxSize() int                   { return q.now("MaxSize").N }
func (q farQueue) SetMaxSize(n int)               { q.now("SetMaxSize", n) }

func (q farQueue) Shutdown(immediate bool) {
	n := 0
	if immediate {
		n = 1
	}
	q.now("Shutdown", n)
}

func queueBackends(c *crew) []behave.Backend[line] {
	return nounBackends(c,
		func() line { return concurrent.NewQueue[int](4) },
		func(m *shm.Memory) (*shm.Queue[int], error) { return shm.NewQueue[int](m, 4) },
		func(q *shm.Queue[int]) line { return q },
		func(f *far) line { return farQueue{f} })
}

func testQueues(t *testing.T, c *crew) {
	backends := queueBackends(c)
	behave.Over(t, backends, slices.Concat(queueWaits, queueBatches, queueEnds))
	t.Run("in one process", func(t *testing.T) {
		behave.Over(t, backends[:2], []behave.Behaviour[line]{
			{Name: "those that wait get items in order", Check: queueOrder},
			{Name: "PutSeq stops at what it cannot put", Check: queueSeq},
			{Name: "All ends with the queue, and with its ctx", Check: queueAll},
			{Name: "Ready tells when there is something to see", Check: queueReady},
		})
	})
}

// put puts items without waiting.
func put(t *testing.T, q line, items ...int) {
	t.Helper()
	for _, v := range items {
		require.NoError(t, q.TryPut(v))
	}
}

// get takes items without waiting.
func get(t *testing.T, q line, items ...int) {
	t.Helper()
	for _, want := range items {
		v, err := q.TryGet()
		require.NoError(t, err)
		require.Equal(t, want, v)
	}
}

// A got is what Get has returned.
type got struct {
	v   int
	err error
}

func getting(ctx context.Context, q line) <-chan got {
	return started(func() got {
		v, err := q.Get(ctx)
		return got{v, err}
	})
}

func queueOrder(t *testing.T, q line) {
	stats := func() int {
		if q, ok := q.(*shm.Queue[int]); ok {
			return q.Stats().Getters
		}
		return q.(*concurrent.Queue[int]).Stats().Getters
	}
	var all []<-chan got
	for i := range 4 {
		all = append(all, getting(t.Context(), q))
		until(t, "it waits", func() bool { return stats() == i+1 })
	}
	for i, c := range all {
		require.NoError(t, q.Put(t.Context(), i))
		require.Equal(t, got{i, nil}, returned(t, c))
	}
}

func queueSeq(t *testing.T, q line) {
	seq := q.(interface {
		PutSeq(ctx context.Context, seq iter.Seq[int]) (int, error)
	})
	n, err := seq.PutSeq(t.Context(), slices.Values([]int{1, 2, 3}))
	require.NoError(t, err)
	require.Equal(t, 3, n)
	asked := 0
	ctx, cancel := canceled(t)
	all := started(func() got {
		n, err := seq.PutSeq(ctx, func(yield func(int) bool) {
			for asked = 4; yield(asked); asked++ {
			}
		})
		return got{n, err}
	})
	until(t, "it is full", func() bool { return q.Len() == 4 })
	waits(t, all)
	cancel()
	require.Equal(t, got{1, &concurrent.PutError[int]{Item: 5, Err: errEnded}}, returned(t, all))
	require.Equal(t, 5, asked)
	n, err = seq.PutSeq(ctx, func(func(int) bool) { asked = 0 })
	require.Equal(t, errEnded, err)
	require.Zero(t, n)
	require.Equal(t, 5, asked, "it is not asked")
	get(t, q, 1, 2, 3, 4)
}

func queueAll(t *testing.T, q line) {
	all := q.(interface {
		All(ctx context.Context) iter.Seq2[int, error]
	})
	put(t, q, 1, 2, 3)
	for v, err := range all.All(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, 1, v)
		break
	}
	ctx, cancel := canceled(t)
	var seen []int
	var failed []error
	ended := started(func() bool {
		for v, err := range all.All(ctx) {
			if seen = append(seen, v); err != nil {
				failed = append(failed, err)
			}
		}
		return true
	})
	until(t, "it has all", func() bool { return q.Len() == 0 })
	waits(t, ended)
	cancel()
	returned(t, ended)
	require.Equal(t, []int{2, 3, 0}, seen)
	require.Equal(t, []error{errEnded}, failed)
	put(t, q, 4)
	q.Shutdown(false)
	seen = nil
	for v, err := range all.All(t.Context()) {
		require.NoError(t, err)
		seen = append(seen, v)
	}
	require.Equal(t, []int{4}, seen)
	ctx, cancel = canceled(t)
	cancel()
	for _, err := range all.All(ctx) {
		failed = append(failed, err)
	}
	require.Equal(t, []error{errEnded, errEnded}, failed, "a queue that has ended, too")
}

func queueReady(t *testing.T, q line) {
	ready := q.(interface{ Ready() <-chan struct{} }).Ready
	for i := range 3 {
		c, other := ready(), ready()
		waits(t, c)
		put(t, q, i)
		returned(t, c)
		returned(t, other)
		returned(t, ready())
		get(t, q, i)
	}
	c := ready()
	waits(t, c)
	q.Shutdown(false)
	returned(t, c)
	returned(t, ready())
	_, err := q.TryGet()
	require.True(t, errors.Is(err, concurrent.ErrClosed))
}
