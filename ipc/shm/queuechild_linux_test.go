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

// A queueChild is what a child does with a queue when it is let go.
type queueChild struct {
	Queue        *shm.Queue[int]
	Start, Ready *shm.Event
	Put          []int
	Get          int
}

var queueChildren = ipc.Func("shm_test.queueChild", func(ctx context.Context, c queueChild) ([]int, error) {
	defer c.Ready.Set()
	if err := c.Start.Wait(ctx); err != nil {
		return nil, err
	}
	var got []int
	for range c.Get {
		v, err := c.Queue.Get(ctx)
		if err != nil {
			return nil, err
		}
		got = append(got, v)
	}
	for _, v := range c.Put {
		if err := c.Queue.Put(ctx, v); err != nil {
			return nil, err
		}
	}
	return got, nil
})

var doneChildren = ipc.Func("shm_test.doneChild", func(ctx context.Context, q *shm.Queue[int]) (int, error) {
	n := 0
	for v, err := range q.All(ctx) {
		if err != nil || v < 0 {
			return n, err
		}
		n++
		q.TaskDone()
	}
	return n, nil
})

var emptyChildren = ipc.Func("shm_test.emptyChild", func(ctx context.Context, c struct {
	Queue        *shm.Queue[bool]
	Start, Ready *shm.Event
}) (struct{}, error) {
	defer c.Ready.Set()
	err := c.Start.Wait(ctx)
	for range 2 {
		err = errors.Join(err, c.Queue.Put(ctx, c.Queue.Len() == 0))
	}
	return struct{}{}, err
})

// A stubborn value is encoded once it is told to be.
type stubborn struct{ Fails bool }

var errStubborn = errors.New("stubborn")

func (s stubborn) MarshalBinary() ([]byte, error) {
	if s.Fails {
		return nil, errStubborn
	}
	return []byte{1}, nil
}

func (s *stubborn) UnmarshalBinary([]byte) error { return nil }

func intQueue(t *testing.T, m *shm.Memory, n int) *shm.Queue[int] {
	t.Helper()
	q, err := shm.NewQueue[int](m, n)
	require.NoError(t, err)
	return q
}

// startedChild is a child that waits until it is let go.
func startedChild(t *testing.T, m *shm.Memory, c queueChild) (queueChild, *ipc.Process[[]int]) {
	t.Helper()
	var err [2]error
	c.Start, err[0] = shm.NewEvent(m)
	c.Ready, err[1] = shm.NewEvent(m)
	require.NoError(t, errors.Join(err[:]...))
	p, e := ipc.Start(t.Context(), queueChildren, c)
	require.NoError(t, e)
	return c, p
}
