package concurrent

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A reader has found the lock closed, but has not looked under mu yet, when the last reader or the writer leaves. Holding mu makes them meet.
func TestRWLockReaderMeetsLeaving(t *testing.T) {
	yield := func() {
		for range 20 {
			runtime.Gosched()
		}
	}
	read := func(rw *RWLock) {
		rw.RLock()
		defer rw.RUnlock()
	}
	for i := range 200 {
		var rw RWLock
		var wg sync.WaitGroup
		leave := rw.Unlock
		if i%2 == 0 {
			rw.Lock()
		} else {
			rw.RLock()
			leave = rw.RUnlock
			wg.Go(func() {
				rw.Lock()
				defer rw.Unlock()
			})
			for rw.state.Load()&rwClosed == 0 {
				runtime.Gosched()
			}
		}
		rw.mu.Lock()
		wg.Go(func() { read(&rw) })
		yield()
		wg.Go(leave)
		yield()
		rw.mu.Unlock()
		wg.Wait()
		require.Zero(t, rw.state.Load(), "state in the end")
	}
}

// The lock is opened after a reader has found it closed and before it could wait:
// it is let in with the others.
func TestRWLockOpenedBeforeReaderWaits(t *testing.T) {
	var rw RWLock
	rw.Lock()
	rw.mu.Lock()
	got := make(chan error)
	go func() { got <- rw.rlockSlow(t.Context()) }()
	for range 20 {
		runtime.Gosched()
	}
	require.True(t, rw.state.CompareAndSwap(rwHeld, 0), "as Unlock does")
	rw.mu.Unlock()
	rw.writers.release()
	require.NoError(t, <-got)
	assert.False(t, rw.TryLock(), "TryLock while one reads")
	rw.RUnlock()
	assert.Zero(t, rw.state.Load(), "state in the end")
}

// A writer whose context has ended is let in before it could give up: it writes.
func TestRWLockGivenUpTooLate(t *testing.T) {
	var rw RWLock
	rw.RLock()
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error)
	go func() { got <- rw.LockContext(ctx) }()
	for rw.state.Load()&rwClosed == 0 {
		runtime.Gosched()
	}
	rw.mu.Lock()
	cancel()
	rw.state.Add(^uint32(0)) // as RUnlock does
	rw.admitWriter()
	rw.mu.Unlock()
	require.NoError(t, <-got)
	rw.Unlock()
	assert.Zero(t, rw.state.Load())
	assert.False(t, rw.writers.Locked())
}
