//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// stranger opens a memory by its name, and counts.
var stranger = ipc.Func("shm_test.stranger", func(ctx context.Context, name string) (int, error) {
	m, err := shm.OpenMemory(name)
	if err != nil {
		return 0, err
	}
	defer m.Close()
	n, err := shm.NewNumber(m, 0, shm.ObjectOptions{Name: "visits"})
	if err != nil {
		return 0, err
	}
	return n.Add(1), nil
})

func memoryName(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("shm_test-%d-%s", os.Getpid(), t.Name())
	t.Cleanup(func() { shm.RemoveMemory(name) })
	return name
}

// Strangers that come at once make one memory, with one object of a name.
func TestOpenMemory(t *testing.T) {
	name := memoryName(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 3})
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[int]error{}
	for range 9 {
		all.Go(func() {
			n, err := stranger.On(pool)(t.Context(), name)
			mu.Lock()
			defer mu.Unlock()
			seen[n] = err
		})
	}
	all.Wait()
	for i := 1; i <= 9; i++ {
		err, ok := seen[i]
		require.True(t, ok, "%d: %v", i, seen)
		require.NoError(t, err)
	}
	m, err := shm.OpenMemory(name)
	require.NoError(t, err)
	defer m.Close()
	require.Equal(t, name, m.Name())
	same, err := shm.OpenMemory(name)
	require.NoError(t, err)
	require.Same(t, m, same)
	n, err := shm.NewNumber(m, 100, shm.ObjectOptions{Name: "visits"})
	require.NoError(t, err)
	require.Equal(t, 9, n.Load(), "the first constructor's value counts")
	_, err = shm.NewLock(m, shm.ObjectOptions{Name: "visits"})
	require.ErrorIs(t, err, shm.ErrLayout)
	require.ErrorContains(t, err, "visits")
	require.NoError(t, shm.RemoveMemory(name))
	require.ErrorIs(t, shm.RemoveMemory(name), os.ErrNotExist)
	require.Equal(t, 10, n.Add(1), "who has it goes on")
	other, err := shm.OpenMemory(name)
	require.NoError(t, err)
	require.NotSame(t, m, other)
	other.Close()
}

func TestOpenMemoryRefuses(t *testing.T) {
	name := memoryName(t)
	path := "/dev/shm/fanfold-" + name
	for what, do := range map[string]func() error{
		"others may write": func() error {
			m, err := shm.OpenMemory(name)
			require.NoError(t, err)
			m.Close()
			return os.Chmod(path, 0o666)
		},
		"none of ours":  func() error { return os.WriteFile(path, make([]byte, 100000), 0o600) },
		"empty":         func() error { return os.WriteFile(path, nil, 0o600) },
		"symbolic link": func() error { return os.Symlink("/dev/null", path) },
	} {
		t.Run(what, func(t *testing.T) {
			require.NoError(t, do())
			defer os.Remove(path)
			_, err := shm.OpenMemory(name)
			require.ErrorIs(t, err, shm.ErrLayout)
			require.ErrorContains(t, err, name)
		})
	}
	for _, bad := range []string{"", "a/b", "a\x00b", string(make([]byte, 201))} {
		require.Panics(t, func() { shm.OpenMemory(bad) })
	}
}

// A memory whose file is cut short is an error, also for those that wait.
func TestMemoryCutShort(t *testing.T) {
	name := memoryName(t)
	m, err := shm.OpenMemory(name)
	require.NoError(t, err)
	defer m.Close()
	lock, err := shm.NewLock(m)
	require.NoError(t, err)
	event, err := shm.NewEvent(m)
	require.NoError(t, err)
	queue, err := shm.NewQueue[int](m, 10)
	require.NoError(t, err)
	lock.Lock()
	waits := make(chan error)
	go func() { waits <- event.Wait(t.Context()) }()
	go func() { waits <- lock.LockContext(t.Context()) }()
	go func() {
		_, err := queue.Get(t.Context())
		waits <- err
	}()
	for lock.Stats().Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	require.NoError(t, os.Truncate("/dev/shm/fanfold-"+name, 0))
	for range 3 {
		require.ErrorIs(t, <-waits, shm.ErrLayout)
	}
	require.ErrorIs(t, lock.LockContext(t.Context()), shm.ErrLayout)
	require.ErrorIs(t, queue.Put(t.Context(), 1), shm.ErrLayout)
	require.Panics(t, event.Set)
	_, err = shm.NewEvent(m)
	require.ErrorIs(t, err, shm.ErrLayout)
}
