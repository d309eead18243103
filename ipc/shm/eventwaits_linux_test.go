//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A startAndEnd is one event that a process waits for, and one that it sets.
type startAndEnd struct{ Go, Done *shm.Event }

var obey = ipc.Func("shm_test.obey", func(ctx context.Context, s startAndEnd) (struct{}, error) {
	if err := s.Go.Wait(ctx); err != nil {
		return struct{}{}, err
	}
	s.Done.Set()
	return struct{}{}, nil
})

// An event that one process sets wakes goroutines of another, also if it is cleared at
// once.
func TestEvent(t *testing.T) {
	m := newBundle(t).Memory
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	var s startAndEnd
	var err error
	s.Go, err = shm.NewEvent(m)
	require.NoError(t, err)
	s.Done, err = shm.NewEvent(m)
	require.NoError(t, err)
	for range effort.Times(20, 5, 200) {
		s.Done.Clear()
		result := make(chan error, 1)
		go func() {
			_, err := obey.On(pool)(t.Context(), s)
			result <- err
		}()
		waits := make(chan error, 10)
		for range cap(waits) {
			go func() { waits <- s.Done.Wait(t.Context()) }()
		}
		time.Sleep(time.Duration(rand.IntN(500)) * time.Microsecond)
		s.Go.Set()
		for range cap(waits) {
			require.NoError(t, <-waits)
		}
		require.NoError(t, <-result)
		require.True(t, s.Done.IsSet())
		s.Go.Clear()
		require.False(t, s.Go.IsSet())
	}
}

func TestEventCanceled(t *testing.T) {
	m := newBundle(t).Memory
	e, err := shm.NewEvent(m)
	require.NoError(t, err)
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan error)
	go func() { result <- e.Wait(ctx) }()
	time.Sleep(time.Millisecond)
	cancel(cause)
	require.Equal(t, cause, <-result)
	require.Equal(t, cause, e.Wait(ctx))
	e.Set()
	require.Equal(t, cause, e.Wait(ctx), "a ctx that has ended")
	require.NoError(t, e.Wait(t.Context()))
	e.Clear()
	go func() { result <- e.Wait(context.Background()) }()
	time.Sleep(time.Millisecond)
	require.NoError(t, m.Close())
	require.ErrorIs(t, <-result, shm.ErrClosed)
	require.ErrorIs(t, e.Wait(t.Context()), shm.ErrClosed)
}
