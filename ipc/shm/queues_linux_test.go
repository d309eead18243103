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
