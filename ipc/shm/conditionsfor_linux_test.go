//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// A waiterFor is a condition that calls a predicate.
type waiterFor interface {
	WaitFor(ctx context.Context, pred func() bool) error
}

func conditionFor(t *testing.T, c notice) {
	n, w := 0, c.(hereCondition).waiter.(waiterFor)
	misuse(t, func() { w.WaitFor(t.Context(), func() bool { return true }) })
	c.Lock()
	require.Equal(t, errEnded, w.WaitFor(endedContext(t.Context()), func() bool { n++; return true }))
	require.Zero(t, n, "it is not called")
	require.NoError(t, w.WaitFor(t.Context(), func() bool { return n == 0 }))
	c.Unlock()
	result := started(func() error {
		c.Lock()
		defer c.Unlock()
		return w.WaitFor(t.Context(), func() bool { return n == 3 })
	})
	for range 3 {
		waits(t, result)
		c.Lock()
		n++
		c.NotifyAll()
		c.Unlock()
	}
	require.NoError(t, returned(t, result))
}

func conditionForEnded(t *testing.T, c notice) {
	ctx, cancel := canceled(t)
	w, calls := c.(hereCondition).waiter.(waiterFor), 0
	c.Lock()
	defer c.Unlock()
	require.NoError(t, w.WaitFor(ctx, func() bool {
		cancel()
		calls++
		return calls > 1
	}))
	require.Equal(t, 2, calls)
	ctx, cancel = canceled(t)
	require.Equal(t, errEnded, w.WaitFor(ctx, func() bool { cancel(); return false }))
}
