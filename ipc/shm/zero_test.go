package shm_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/shm"
)

// A zero value says what it lacks.
func TestZeroValues(t *testing.T) {
	var (
		memory shm.Memory
		lock   shm.Lock
		rlock  shm.RLock
		owner  shm.RLockOwner
		value  shm.Value[int]
		number shm.Number[int]
		array  shm.Array[int]
		event  shm.Event
		rw     shm.RWLock
		cond   shm.Condition
		gate   shm.Barrier
		count  shm.Semaphore
		bound  shm.BoundedSemaphore
		queue  shm.Queue[int]
	)
	ctx := t.Context()
	inMemory := func(f func()) { require.PanicsWithValue(t, "shm: Memory not made by NewMemory or OpenMemory", f) }
	inMemory(func() { memory.Stats() })
	inMemory(func() { memory.Name() })
	inMemory(func() { _, _ = shm.NewLock(&memory) })
	inMemory(func() { _, _ = shm.NewRLock(&memory) })
	inMemory(func() { _, _ = shm.NewRWLock(&memory) })
	inMemory(func() { _, _ = shm.NewEvent(&memory) })
	inMemory(func() { _, _ = shm.NewNumber(&memory, 1) })
	inMemory(func() { _, _ = shm.NewValue(&memory, 1) })
	inMemory(func() { _, _ = shm.NewArray[int](&memory, 1) })
	inMemory(func() { _, _ = shm.NewSemaphore(&memory, 1) })
	inMemory(func() { _, _ = shm.NewQueue[int](&memory, 1) })
	for _, f := range []func(){owner.Lock, func() { owner.TryLock() }, func() { _ = owner.LockContext(ctx) }} {
		require.PanicsWithValue(t, "shm: RLockOwner not made by RLock.Owner", f)
	}
	for i, f := range []func(){
		lock.Lock, func() { _ = lock.LockContext(ctx) }, func() { lock.TryLock() }, lock.Unlock, lock.MarkConsistent,
		func() { lock.Locked() }, func() { lock.Holder() }, func() { lock.Stats() },
		func() { _ = rlock.Do(ctx, func(context.Context) error { return nil }) }, rlock.Owner().Lock, func() { rlock.Owner().TryLock() },
		func() { rlock.Locked() }, func() { rlock.Stats() }, rlock.MarkConsistent,
		rw.Lock, func() { _ = rw.LockContext(ctx) }, func() { rw.TryLock() }, rw.Unlock, rw.MarkConsistent,
		rw.RLock, func() { _ = rw.RLockContext(ctx) }, func() { rw.TryRLock() }, rw.RUnlock, rw.RLocker().Lock,
		func() { value.Load() }, func() { value.Store(1) }, func() { _ = value.With(ctx, func(*int) error { return nil }) },
		func() { number.Load() }, func() { number.Store(1) }, func() { number.Add(1) }, func() { number.CompareAndSwap(1, 2) },
		func() { _ = number.With(ctx, func(*int) error { return nil }) },
		func() { array.Slice() }, func() { array.All() }, func() { _ = array.With(ctx, func([]int) error { return nil }) }, func() { shm.AddAt(&array, 0, 1) },
		event.Set, event.Clear, func() { event.IsSet() }, func() { _ = event.Wait(ctx) },
		func() { _ = cond.Wait(ctx) }, cond.NotifyAll, func() { cond.Notify(1) },
		func() { _, _ = gate.Wait(ctx) }, gate.Abort, gate.Reset, func() { gate.Broken() }, func() { gate.Waiting() }, func() { gate.Parties() },
		func() { _ = count.Acquire(ctx, 1) }, func() { count.TryAcquire(1) }, func() { count.Release(1) }, func() { count.Value() },
		func() { _ = bound.Acquire(ctx, 1) }, func() { bound.TryAcquire(1) }, func() { bound.Release(1) }, func() { bound.Value() }, func() { bound.Bound() },
		func() { _ = queue.Put(ctx, 1) }, func() { _ = queue.TryPut(1) }, func() { _, _ = queue.PutAll(ctx, []int{1}) },
		func() { _, _ = queue.Get(ctx) }, func() { _, _ = queue.TryGet() }, func() { _, _ = queue.GetMany(ctx, make([]int, 1)) },
		func() { _ = queue.Join(ctx) }, func() { _, _ = queue.Lease(ctx) }, func() { queue.Len() }, func() { queue.Ready() }, queue.TaskDone,
		func() { queue.Shutdown(false) }, func() { queue.MaxSize() }, func() { queue.Stats() },
	} {
		require.PanicsWithValue(t, "shm: a zero value is no object: the New functions make objects", f, "%d", i)
	}
	require.NoError(t, memory.Close())
}

// Statistics print with names.
func TestStatsPrintNames(t *testing.T) {
	require.Equal(t, "{Bytes:4096 Objects:2 Processes:1 Deaths:0}", shm.MemoryStats{Bytes: 4096, Objects: 2, Processes: 1}.String())
}
