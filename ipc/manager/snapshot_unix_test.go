//go:build unix

package manager_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/manager"
)

// What a snapshot has of the objects is there again, and locks are free.
func TestSnapshot(t *testing.T) {
	ctx := t.Context()
	for _, backend := range backends {
		t.Run(backend.Name, func(t *testing.T) {
			m := backend.New(t)
			name := func(s string) manager.ObjectOptions { return manager.ObjectOptions{Name: s} }
			must(manager.NewList(ctx, m, []string{"a", "b"}, name("list")))
			must(manager.NewDict(ctx, m, map[string]int{"x": 1}, name("dict")))
			require.NoError(t, manager.Attribute[int](must(manager.NewNamespace(ctx, m, name("namespace"))), "n").Store(ctx, 7))
			q := must(manager.NewQueue[int](ctx, m, 3, name("queue")))
			require.NoError(t, q.Put(ctx, 1))
			require.NoError(t, q.Put(ctx, 2))
			l := must(manager.NewLock(ctx, m, name("a lock")))
			must(manager.NewCondition(ctx, m, l, name("a condition")))
			require.NoError(t, l.Lock(ctx))
			require.NoError(t, must(manager.NewEvent(ctx, m, name("event"))).Set(ctx))
			s := must(manager.NewBoundedSemaphore(ctx, m, 2, name("permits")))
			require.NoError(t, s.Acquire(ctx, 2))
			must(manager.NewValue(ctx, m, make([]byte, 3<<20), name("large")))
			var file bytes.Buffer
			require.NoError(t, m.Snapshot(ctx, &file))

			again := started(t, manager.Options{Here: backend.Name == "here", Restore: bytes.NewReader(file.Bytes())})
			require.Equal(t, []string{"a", "b"}, must(must(manager.NewList[string](ctx, again, nil, name("list"))).Slice(ctx, 0, -1)))
			require.Equal(t, map[string]int{"x": 1}, must(must(manager.NewDict[string, int](ctx, again, nil, name("dict"))).Map(ctx)))
			require.Equal(t, 7, must(manager.Attribute[int](must(manager.NewNamespace(ctx, again, name("namespace"))), "n").Load(ctx)))
			q = must(manager.NewQueue[int](ctx, again, 1, name("queue")))
			require.Equal(t, []int{1, 2}, must(q.GetMany(ctx, 5)))
			require.Equal(t, 3, must(q.MaxSize(ctx)))
			l = must(manager.NewLock(ctx, again, name("a lock")))
			require.True(t, must(l.TryLock(ctx)))
			require.NoError(t, must(manager.NewCondition(ctx, again, l, name("a condition"))).NotifyAll(ctx))
			require.True(t, must(must(manager.NewEvent(ctx, again, name("event"))).IsSet(ctx)))
			require.Equal(t, 2, must(must(manager.NewBoundedSemaphore(ctx, again, 9, name("permits"))).Value(ctx)))

			_, err := manager.Start(ctx, manager.Options{Here: backend.Name == "here", Restore: bytes.NewReader(file.Bytes()[:file.Len()-1])})
			require.ErrorIs(t, err, manager.ErrSnapshot)
		})
	}
}

// A file that was torn or changed anywhere is refused, whole.
func TestTornSnapshots(t *testing.T) {
	ctx := t.Context()
	m := started(t, manager.Options{Here: true})
	must(manager.NewDict(ctx, m, map[string]int{"x": 1, "y": 2}, manager.ObjectOptions{Name: "dict"}))
	var file bytes.Buffer
	require.NoError(t, m.Snapshot(ctx, &file))
	whole := file.Bytes()
	refused := func(data []byte) {
		_, err := manager.Start(ctx, manager.Options{Here: true, Restore: bytes.NewReader(data)})
		require.ErrorIs(t, err, manager.ErrSnapshot)
	}
	for i := range whole {
		refused(whole[:i])
		changed := slices.Clone(whole)
		changed[i] ^= 4
		refused(changed)
	}
	refused(append(slices.Clone(whole), 0))
}
