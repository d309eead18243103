package concurrent_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// A zero value that cannot be used says what makes one, each time.
func TestZeroValues(t *testing.T) {
	var (
		pool      concurrent.Pool
		condition concurrent.Condition
		barrier   concurrent.Barrier
		owner     concurrent.RLockOwner
		task      concurrent.Task[int]
		queue     concurrent.Queue[int]
		timer     concurrent.Timer
	)
	ctx := t.Context()
	for want, calls := range map[string][]func(){
		"concurrent: Pool not made by NewPool": {
			func() { concurrent.SubmitFunc(ctx, &pool, func(context.Context) (int, error) { return 0, nil }) },
			func() { _ = pool.Go(ctx, func() {}) },
			func() { _ = pool.Close() }, func() { _ = pool.Close() }, func() { _ = pool.Shutdown(ctx) },
		},
		"concurrent: Condition not made by NewCondition": {
			func() { _ = condition.Wait(ctx) }, func() { condition.Notify(1) }, condition.NotifyAll,
			func() { _ = condition.WaitFor(ctx, func() bool { return true }) },
		},
		"concurrent: Barrier not made by NewBarrier": {
			func() { _, _ = barrier.Wait(ctx) }, barrier.Abort, barrier.Reset, func() { barrier.Broken() }, func() { barrier.Waiting() },
		},
		"concurrent: RLockOwner not made by RLock.Owner": {owner.Lock, func() { owner.TryLock() }, func() { _ = owner.LockContext(ctx) }},
		"concurrent: Task not made by NewTask or NewRunner": {
			func() { task.Start(ctx) }, func() { _ = task.Join(ctx) }, func() { _, _ = task.Result(ctx) },
		},
		"concurrent: Queue not made by NewQueue, NewLifoQueue or NewPriorityQueue": {
			func() { _ = queue.Put(ctx, 1) }, func() { _, _ = queue.Get(ctx) }, func() { queue.Len() },
		},
		"concurrent: Timer not made by NewTimer or Every": {timer.Start, func() { timer.Cancel() }, func() { _ = timer.Join(ctx) }},
	} {
		for _, call := range calls {
			require.PanicsWithValue(t, want, call)
		}
	}
}
