//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

func newMemory(t testing.TB) *shm.Memory {
	t.Helper()
	m, err := shm.NewMemory()
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	return m
}

func TestPermitsAreShared(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 3})
	rounds := effort.Times(300, 100, 5000)
	var all sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.do(t, pool, "permits", rounds) })
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, 3, w.Permits.Value())
}

func TestQueueBetweenProcesses(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 3})
	n := effort.Times(1000, 200, 20000)
	var all sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.do(t, pool, "echo", 0) })
	}
	var got []string
	all.Go(func() {
		buf := make([]string, 10)
		for len(got) < n {
			k, err := w.Out.GetMany(t.Context(), buf)
			if err != nil {
				return
			}
			got = append(got, buf[:k]...)
		}
	})
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("%06d", i))
	}
	k, err := w.In.PutAll(t.Context(), want[:n/2])
	require.NoError(t, err)
	require.Equal(t, n/2, k)
	for _, v := range want[n/2:] {
		require.NoError(t, w.In.Put(t.Context(), v))
	}
	require.NoError(t, w.In.Join(t.Context()))
	w.In.Shutdown(false)
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	slices.Sort(got)
	require.Equal(t, want, got)
	require.Zero(t, w.In.Stats().Unfinished)
}

func TestRWLockBetweenProcesses(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 3})
	rounds := effort.Times(400, 100, 4000)
	var all sync.WaitGroup
	errs := make([]error, 5)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.do(t, pool, "rw", rounds) })
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.EqualValues(t, 5*rounds/4, w.Pair.Slice()[0])
}

func TestConditionBetweenProcesses(t *testing.T) {
	w, pool := newToil(t), newPool(t, ipc.PoolOptions{Workers: 2})
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range 2 {
		all.Go(func() { _, errs[i] = w.do(t, pool, "wait", 0) })
		all.Go(func() {
			call := toiling.Bind(toil{Cond: w.Cond, Turn: w.Turn, Do: "wait"})
			_, errs[2+i] = call.Run(t.Context())
		})
	}
	for w.Turn.Load() < 4 {
		time.Sleep(time.Millisecond)
	}
	w.Cond.Lock().Lock()
	w.Cond.Notify(1)
	w.Cond.NotifyAll()
	w.Cond.Lock().Unlock()
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Panics(t, func() { w.Cond.Notify(1) })
}
