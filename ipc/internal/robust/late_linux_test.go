//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package robust

import (
	"bytes"
	"context"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A sweep of a process that others have swept meanwhile takes nothing from the process
// that has its slot now.
func TestLateSweep(t *testing.T) {
	m, err := mem.New(mem.Options{Max: 1 << 20, Processes: 4})
	require.NoError(t, err)
	defer Close(m)
	forget := func(rule mem.Rule, words unsafe.Pointer, size int) {
		before := mem.Owner{Slot: m.Self().Slot, Generation: m.Self().Generation - 1}
		require.True(t, rule(m, words, uint64(size), before), "there is nothing more to do")
	}
	object := func(size int, fill func(unsafe.Pointer)) unsafe.Pointer {
		offset, err := m.New(kind+20, 1, size, "", fill)
		require.NoError(t, err)
		words, err := m.Find(offset, kind+20, 1, size)
		require.NoError(t, err)
		return words
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()

	t.Run("semaphore", func(t *testing.T) {
		size := SemaphoreSize(m, true)
		words := object(size, func(p unsafe.Pointer) { InitSemaphore(m, p, true, 2) })
		s := SemaphoreAt(m, words, true)
		require.NoError(t, s.Acquire(ctx, 1))
		forget(ForgetSemaphore(true), words, size)
		require.Equal(t, 1, s.Value())
		require.True(t, s.Release(1))
	})
	t.Run("rwlock", func(t *testing.T) {
		size := RWLockSize(m)
		words := object(size, nil)
		l := RWLockAt(m, words)
		require.NoError(t, l.RLock(ctx))
		forget(ForgetRWLock, words, size)
		require.True(t, l.RUnlock())
		_, err := l.Lock(ctx)
		require.NoError(t, err)
		forget(ForgetRWLock, words, size)
		require.True(t, l.Unlock())
	})
	t.Run("queue", func(t *testing.T) {
		size := QueueSize(m, 4, 8)
		words := object(size, func(p unsafe.Pointer) { QueueAt(m, p, 4, 8).Init() })
		q := QueueAt(m, words, 4, 8)
		_, err := q.Put(ctx, []Item{{Head: []byte{1}}, {Head: []byte{2}}, {Head: []byte{3}}})
		require.NoError(t, err)
		lease, err := q.Lease(ctx)
		require.NoError(t, err)
		taken, err := q.Get(ctx, 1)
		require.NoError(t, err)
		got, err := q.Get(ctx, 1)
		require.NoError(t, err)
		got.Finish()
		forget(ForgetQueue, words, size)
		require.Zero(t, q.Len())
		require.True(t, q.TaskDone())
		taken.Finish()
		require.True(t, q.TaskDone())
		lease.Done()
		lost, err := q.Join(ctx)
		require.NoError(t, err)
		require.Zero(t, lost)
	})
	t.Run("barrier", func(t *testing.T) {
		size := BarrierSize(m)
		words := object(size, func(p unsafe.Pointer) { BarrierAt(m, p).Init(2) })
		b := BarrierAt(m, words)
		came := make(chan error)
		go func() { _, err := b.Wait(ctx, nil); came <- err }()
		for b.Waiting() == 0 {
		}
		forget(ForgetBarrier, words, size)
		_, err := b.Wait(ctx, nil)
		require.NoError(t, err)
		require.NoError(t, <-came)
	})
	t.Run("condition", func(t *testing.T) {
		lock := LockAt(m, object(LockSize(m), nil))
		size := ConditionSize(m)
		words := object(size, nil)
		c := ConditionAt(m, words, lock)
		came := make(chan error)
		go func() {
			_, err := lock.Lock(ctx)
			if err == nil {
				_, err = c.Wait(ctx)
			}
			lock.Unlock()
			came <- err
		}()
		for c.peek().get(condWaiting+m.Self().Slot) == 0 {
		}
		forget(ForgetCondition, words, size)
		_, err := lock.Lock(ctx)
		require.NoError(t, err)
		c.Notify(1)
		lock.Unlock()
		require.NoError(t, <-came)
	})
}

// An item that was to be put when the memory was closed is not copied to a place that may
// be another's by then.
func TestPutClosedMeanwhile(t *testing.T) {
	m, err := mem.New(mem.Options{Max: 1 << 20, Processes: 4})
	require.NoError(t, err)
	defer Close(m)
	const large = quick + 1 // so that it is copied outside of a section
	size := QueueSize(m, 1, large)
	offset, err := m.New(kind+20, 1, size, "", func(p unsafe.Pointer) { QueueAt(m, p, 1, large).Init() })
	require.NoError(t, err)
	words, err := m.Find(offset, kind+20, 1, size)
	require.NoError(t, err)
	q := QueueAt(m, words, 1, large)
	p := q.newPut().(*put)
	p.items = []Item{{Body: bytes.Repeat([]byte{1}, large)}}
	ok, err := q.putters.now(p.want)
	require.NoError(t, err)
	require.True(t, ok)
	Close(m)
	require.ErrorIs(t, p.fillOutside(), closed.Err)
	require.Zero(t, q.place(1)[0])
}
