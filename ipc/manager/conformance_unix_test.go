//go:build unix

package manager_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/conn"
	"github.com/fanfold/fanfold/ipc/manager"
)

// stranger puts into a queue that it finds by its name.
var stranger = ipc.Func("manager_test.stranger", func(ctx context.Context, in Fetch) (struct{}, error) {
	m, err := manager.Dial(ctx, in.Addr, manager.Options{AuthKey: in.Key})
	if err != nil {
		return struct{}{}, err
	}
	defer m.Close()
	q, err := manager.NewQueue[string](ctx, m, 9, manager.ObjectOptions{Name: "remote"})
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, q.Put(ctx, "hello")
})

func TestConformanceManager(t *testing.T) {
	m := started(t, manager.Options{})
	for name, check := range map[string]func(*testing.T, *manager.Manager){
		"_TestContainers/test_list":                   testList,
		"_TestContainers/test_list_iter":              testList,
		"_TestContainers/test_dict":                   testDict,
		"_TestContainers/test_dict_iter":              testDict,
		"_TestContainers/test_namespace":              testNamespace,
		"TestSyncManagerTypes/test_event":             testEvent,
		"TestSyncManagerTypes/test_lock":              testLock,
		"TestSyncManagerTypes/test_rlock":             testRLock,
		"TestSyncManagerTypes/test_semaphore":         testSemaphore,
		"TestSyncManagerTypes/test_bounded_semaphore": testBounded,
		"TestSyncManagerTypes/test_condition":         testCondition,
		"TestSyncManagerTypes/test_barrier":           testBarrier,
		"TestSyncManagerTypes/test_queue":             testQueue,
		"TestSyncManagerTypes/test_joinable_queue":    testQueue,
		"TestSyncManagerTypes/test_list":              testList,
		"TestSyncManagerTypes/test_dict":              testDict,
		"TestSyncManagerTypes/test_value":             testValue,
		"TestSyncManagerTypes/test_array":             testArray,
		"TestSyncManagerTypes/test_namespace":         testNamespace,
		"_TestMyManager/test_mymanager":               testCalls,
		"_TestRemoteManager/test_remote":              testRemote,
		"TestManagerExceptions/test_queue_get":        testEmptyQueue,
		"TestManagerExceptions/test_dispatch":         testFailures,
	} {
		t.Run("_test_multiprocessing/"+name, func(t *testing.T) { check(t, m) })
	}
	t.Run("_test_multiprocessing/_TestManagerRestart/test_rapid_restart", testRestart)
}

func testEmptyQueue(t *testing.T, m *manager.Manager) {
	_, err := must(manager.NewQueue[int](t.Context(), m, -1)).TryGet(t.Context())
	require.ErrorIs(t, err, manager.ErrEmpty)
}

// Fetch is what another process gets: an address and a key.
type Fetch struct {
	Addr string
	Key  []byte
}

// testRemote has a stranger put into a queue, who knows the address and the key.
func testRemote(t *testing.T, m *manager.Manager) {
	ctx := t.Context()
	q := must(manager.NewQueue[string](ctx, m, 1, manager.ObjectOptions{Name: "remote"}))
	p := must(ipc.Start(ctx, stranger, Fetch{m.Addr(), m.AuthKey()}))
	require.Equal(t, "hello", must(q.Get(ctx)))
	require.NoError(t, p.Join(ctx))

	_, err := manager.Dial(ctx, m.Addr(), manager.Options{AuthKey: []byte("another")})
	require.ErrorIs(t, err, conn.ErrAuth)
}

// testRestart starts a server where one has just ended. Proxies of the old one find
// nothing in the new one.
func testRestart(t *testing.T) {
	ctx := t.Context()
	o := manager.Options{Addr: filepath.Join(t.TempDir(), "m"), AuthKey: []byte("key")}
	for range 3 {
		m := must(manager.Start(ctx, o))
		v := must(manager.NewValue(ctx, m, 1))
		arrived := must(v.MarshalBinary())
		require.NoError(t, m.Close())
		_, err := v.Load(ctx)
		require.ErrorIs(t, err, manager.ErrClosed)

		m = must(manager.Start(ctx, o))
		must(manager.NewValue(ctx, m, 2))
		var old manager.Value[int]
		require.NoError(t, old.UnmarshalBinary(arrived))
		_, err = old.Load(ctx)
		require.ErrorIs(t, err, manager.ErrNoObject)
		require.NoError(t, m.Close())
	}
}
