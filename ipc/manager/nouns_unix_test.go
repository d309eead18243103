//go:build unix

package manager_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/manager"
)

// backends are a server in this process and one in another.
var backends = []behave.Backend[*manager.Manager]{
	{Name: "here", New: func(t *testing.T) *manager.Manager { return started(t, manager.Options{Here: true}) }},
	{Name: "process", New: func(t *testing.T) *manager.Manager { return started(t, manager.Options{}) }},
}

// started starts a server, which ends with the test.
func started(t *testing.T, o manager.Options) *manager.Manager {
	t.Helper()
	m, err := manager.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

// must returns v if there is no error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestContainers(t *testing.T) {
	behave.Over(t, backends, []behave.Behaviour[*manager.Manager]{
		{Name: "list", Check: testList},
		{Name: "list that changes under Update", Check: testUpdates},
		{Name: "dictionary", Check: testDict},
		{Name: "namespace", Check: testNamespace},
		{Name: "value", Check: testValue},
		{Name: "names", Check: testNames},
		{Name: "other processes", Check: testTravel},
		{Name: "large values", Check: testLarge},
	})
}

func testList(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	l := must(manager.NewList(ctx, m, []string{"a", "b"}))
	require.NoError(t, l.Append(ctx, "c", "d"))
	require.NoError(t, l.Insert(ctx, 0, "_"))
	require.NoError(t, l.Set(ctx, 1, "A"))
	require.Equal(t, []string{"_", "A", "b", "c", "d"}, must(l.Slice(ctx, 0, -1)))
	require.Equal(t, []string{"b", "c"}, must(l.Slice(ctx, 2, 4)))
	require.NoError(t, l.Delete(ctx, 1, 3))
	require.Equal(t, 3, must(l.Len(ctx)))
	require.Equal(t, "c", must(l.Get(ctx, 1)))
	require.Equal(t, "cc", must(l.Update(ctx, 1, func(s string) (string, error) { return s + s, nil })))
	var all []string
	for s, err := range l.All(ctx) {
		require.NoError(t, err)
		all = append(all, s)
	}
	require.Equal(t, []string{"_", "cc", "d"}, all)

	for _, i := range []int{-1, 3, 1 << 30} {
		_, err := l.Get(ctx, i)
		require.ErrorIs(t, err, manager.ErrNoObject)
		require.ErrorIs(t, l.Set(ctx, i, "x"), manager.ErrNoObject)
		require.ErrorIs(t, l.Delete(ctx, i, i+1), manager.ErrNoObject)
	}
	for _, i := range []int{-1, 4} {
		require.ErrorIs(t, l.Insert(ctx, i, "x"), manager.ErrNoObject)
	}
	_, err := l.Slice(ctx, 2, 1)
	require.ErrorIs(t, err, manager.ErrNoObject)
	refused := errors.New("refused")
	_, err = l.Update(ctx, 0, func(string) (string, error) { return "", refused })
	require.ErrorIs(t, err, refused)
	require.Equal(t, 3, must(l.Len(ctx)))
}

// No Update is lost, whoever is first.
func testUpdates(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	l := must(manager.NewList(ctx, m, []int{0}))
	d := must(manager.NewDict[string, int](ctx, m, nil))
	n := must(manager.NewNamespace(ctx, m))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				must(l.Update(ctx, 0, func(n int) (int, error) { return n + 1, nil }))
				must(d.Update(ctx, "n", func(n int, ok bool) (int, error) { return n + 1, nil }))
				must(manager.Attribute[int](n, "n").Update(ctx, func(n int) (int, error) { return n + 1, nil }))
			}
		})
	}
	wg.Wait()
	require.Equal(t, 80, must(l.Get(ctx, 0)))
	require.Equal(t, map[string]int{"n": 80}, must(d.Map(ctx)))
	require.Equal(t, 80, must(manager.Attribute[int](n, "n").Load(ctx)))
}

func testDict(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	d := must(manager.NewDict(ctx, m, map[string][]int{"a": {1}, "b": nil}))
	v, ok, err := d.Get(ctx, "a")
	require.NoError(t, err)
	require.Equal(t, []int{1}, v)
	require.True(t, ok)
	_, ok, err = d.Get(ctx, "c")
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, d.Set(ctx, "c", []int{}))
	require.NoError(t, d.SetAll(ctx, map[string][]int{"d": {4}, "a": {5}}))
	require.True(t, must(d.Delete(ctx, "b")))
	require.False(t, must(d.Delete(ctx, "b")))
	require.Equal(t, 3, must(d.Len(ctx)))
	require.Equal(t, map[string][]int{"a": {5}, "c": {}, "d": {4}}, must(d.Map(ctx)))
	must(d.Update(ctx, "e", func(v []int, ok bool) ([]int, error) {
		require.False(t, ok)
		return append(v, 1), nil
	}))
	require.Equal(t, []string{"a", "c", "d", "e"}, slices.Sorted(maps.Keys(must(d.Map(ctx)))))
}

func testNamespace(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	n := must(manager.NewNamespace(ctx, m))
	x := manager.Attribute[int](n, "x")
	_, err := x.Load(ctx)
	require.ErrorIs(t, err, manager.ErrNoObject)
	require.NoError(t, x.Store(ctx, 7))
	require.Equal(t, 7, must(x.Load(ctx)))
	_, err = manager.Attribute[string](n, "x").Load(ctx)
	require.ErrorIs(t, err, manager.ErrType)
	_, err = manager.Attribute[string](n, "x").Update(ctx, func(string) (string, error) { return "", nil })
	require.ErrorIs(t, err, manager.ErrType)
	require.True(t, must(n.Delete(ctx, "x")))
	_, err = x.Load(ctx)
	require.ErrorIs(t, err, manager.ErrNoObject)
}

func testValue(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	v := must(manager.NewValue(ctx, m, 1.5))
	require.Equal(t, 1.5, must(v.Load(ctx)))
	require.NoError(t, v.Store(ctx, 2))
	require.Equal(t, 3.0, must(v.Update(ctx, func(f float64) (float64, error) { return f + 1, nil })))
}

func testNames(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	named := manager.ObjectOptions{Name: "numbers"}
	l := must(manager.NewList(ctx, m, []int{1}, named))
	again := must(manager.NewList(ctx, m, []int{2, 3}, named))
	require.NoError(t, again.Append(ctx, 4))
	require.Equal(t, []int{1, 4}, must(l.Slice(ctx, 0, -1)))
	_, err := manager.NewList(ctx, m, []string{"x"}, named)
	require.ErrorIs(t, err, manager.ErrType)
	_, err = manager.NewDict[int, int](ctx, m, nil, named)
	require.ErrorIs(t, err, manager.ErrType)
}

// Shared is what travels to another process.
type Shared struct {
	Manager   *manager.Manager
	List      *manager.List[int]
	Dict      *manager.Dict[string, int]
	Namespace *manager.Namespace
	Array     *manager.Array[int]
	Semaphore *manager.Semaphore
	I         int
}

var change = ipc.Func("manager_test.change", func(ctx context.Context, s Shared) (*manager.Value[string], error) {
	if err := errors.Join(s.List.Append(ctx, s.I), s.Dict.Set(ctx, "i", s.I), manager.Attribute[int](s.Namespace, "i").Store(ctx, s.I),
		s.Array.Set(ctx, 0, s.I), s.Semaphore.Acquire(ctx, 1), s.Semaphore.Release(ctx, 1)); err != nil {
		return nil, err
	}
	return manager.NewValue(ctx, s.Manager, "made there")
})

func testTravel(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	s := Shared{m, must(manager.NewList[int](ctx, m, nil)), must(manager.NewDict[string, int](ctx, m, nil)), must(manager.NewNamespace(ctx, m)),
		must(manager.NewArray(ctx, m, []int{0})), must(manager.NewSemaphore(ctx, m, 1)), 7}
	p := must(ipc.Start(ctx, change, s))
	v := must(p.Result(ctx))
	require.Equal(t, "made there", must(v.Load(ctx)), "an object outlives for a while the process that had its only proxy")
	require.Equal(t, []int{7}, must(s.List.Slice(ctx, 0, -1)))
	require.Equal(t, map[string]int{"i": 7}, must(s.Dict.Map(ctx)))
	require.Equal(t, 7, must(manager.Attribute[int](s.Namespace, "i").Load(ctx)))
	require.Equal(t, 7, must(s.Array.Get(ctx, 0)))
}

// Answers and messages that exceed all buffers arrive whole.
func testLarge(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	large := make([]byte, 5<<20)
	for i := range large {
		large[i] = byte(i * 7)
	}
	l := must(manager.NewList(ctx, m, [][]byte{large}))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			assert.True(t, bytes.Equal(large, must(l.Get(ctx, 0))))
			assert.NoError(t, l.Append(ctx, large))
		})
	}
	wg.Wait()
	require.Equal(t, 5, must(l.Len(ctx)))
	_, err := manager.NewValue(ctx, m, make([]byte, 65<<20))
	require.Error(t, err)
	require.Equal(t, 5, must(l.Len(ctx)))
}
