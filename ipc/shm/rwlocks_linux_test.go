//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc/shm"
)

// An rwLocker is an RWLock of either package.
type rwLocker interface {
	sync.Locker
	LockContext(ctx context.Context) error
	TryLock() bool
	RLock()
	RLockContext(ctx context.Context) error
	TryRLock() bool
	RUnlock()
	RLocker() sync.Locker
}

// A farRWLock is written by one process at a time and read by several.
type farRWLock struct{ *far }

func (l farRWLock) Lock()                                  { l.LockContext(context.Background()) }
func (l farRWLock) LockContext(ctx context.Context) error  { return l.held(ctx, "LockContext") }
func (l farRWLock) TryLock() bool                          { return l.tried("TryLock") }
func (l farRWLock) Unlock()                                { l.drop("Unlock") }
func (l farRWLock) RLock()                                 { l.RLockContext(context.Background()) }
func (l farRWLock) RLockContext(ctx context.Context) error { return l.held(ctx, "RLockContext") }
func (l farRWLock) TryRLock() bool                         { return l.tried("TryRLock") }
func (l farRWLock) RUnlock()                               { l.drop("RUnlock") }
func (l farRWLock) RLocker() sync.Locker                   { return farReader{l} }

func (l farRWLock) held(ctx context.Context, method string) error {
	_, err := l.hold(ctx, 1, method)
	return err
}

func (l farRWLock) tried(method string) bool {
	r, _ := l.hold(context.Background(), 1, method)
	return r.OK
}

type farReader struct{ farRWLock }

func (r farReader) Lock()   { r.RLock() }
func (r farReader) Unlock() { r.RUnlock() }

func testRWLocks(t *testing.T, c *crew) {
	behave.Over(t, nounBackends(c,
		func() rwLocker { return new(concurrent.RWLock) },
		func(m *shm.Memory) (*shm.RWLock, error) { return shm.NewRWLock(m) },
		func(o *shm.RWLock) rwLocker { return o },
		func(f *far) rwLocker { return farRWLock{f} },
	), []behave.Behaviour[rwLocker]{
		{Name: "several read, and none writes meanwhile", Check: func(t *testing.T, l rwLocker) {
			l.RLock()
			require.NoError(t, l.RLockContext(t.Context()))
			require.True(t, l.TryRLock())
			l.RLocker().Lock()
			for range 4 {
				require.False(t, l.TryLock())
				l.RUnlock()
			}
			require.True(t, l.TryLock())
			l.Unlock()
		}},
		{Name: "while one writes nobody reads or writes", Check: func(t *testing.T, l rwLocker) {
			l.Lock()
			require.False(t, l.TryLock())
			require.False(t, l.TryRLock())
			reader := started(func() error { return l.RLockContext(t.Context()) })
			waits(t, reader)
			l.Unlock()
			require.NoError(t, returned(t, reader))
			l.RUnlock()
		}},
		{Name: "a writer waits for the readers, and new readers for it", Check: func(t *testing.T, l rwLocker) {
			l.RLock()
			writer := started(func() error { return l.LockContext(t.Context()) })
			untilWriterWaits(t, l)
			reader := started(func() error { return l.RLockContext(t.Context()) })
			waits(t, reader)
			waits(t, writer)
			l.RUnlock()
			require.NoError(t, returned(t, writer))
			waits(t, reader)
			l.Unlock()
			require.NoError(t, returned(t, reader))
			l.RUnlock()
		}},
		{Name: "new readers wait for as long as a writer waits", Check: func(t *testing.T, l rwLocker) {
			l.RLock()
			writer := started(func() error { return l.LockContext(t.Context()) })
			untilWriterWaits(t, l)
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Millisecond)
			defer cancel()
			require.Equal(t, context.DeadlineExceeded, l.RLockContext(ctx))
			l.RUnlock()
			require.NoError(t, returned(t, writer))
			l.Unlock()
		}},
		{Name: "readers go on when the writer before them gives up", Check: func(t *testing.T, l rwLocker) {
			l.RLock()
			ctx, cancel := canceled(t)
			writer := started(func() error { return l.LockContext(ctx) })
			untilWriterWaits(t, l)
			reader := started(func() error { return l.RLockContext(t.Context()) })
			waits(t, reader)
			cancel()
			require.Equal(t, errEnded, returned(t, writer))
			require.NoError(t, returned(t, reader))
			l.RUnlock()
			l.RUnlock()
			require.True(t, l.TryLock())
			l.Unlock()
		}},
		{Name: "with a ctx that has ended a free lock is not taken", Check: func(t *testing.T, l rwLocker) {
			require.Equal(t, errEnded, l.LockContext(endedContext(t.Context())))
			require.Equal(t, errEnded, l.RLockContext(endedContext(t.Context())))
			require.True(t, l.TryLock())
			l.Unlock()
		}},
		{Name: "a ctx that ends ends the wait, with its cause", Check: func(t *testing.T, l rwLocker) {
			l.Lock()
			for _, method := range []func(context.Context) error{l.LockContext, l.RLockContext, l.LockContext, l.RLockContext} {
				ctx, cancel := canceled(t)
				waiting := started(func() error { return method(ctx) })
				waits(t, waiting)
				cancel()
				require.Equal(t, errEnded, returned(t, waiting))
			}
			l.Unlock()
			require.True(t, l.TryRLock())
			require.True(t, l.TryRLock())
			l.RUnlock()
			l.RUnlock()
		}},
		{Name: "giving back what is not held is misuse, and changes nothing", Check: func(t *testing.T, l rwLocker) {
			misuse(t, l.Unlock)
			misuse(t, l.RUnlock)
			l.RLock()
			require.False(t, l.TryLock())
			l.RUnlock()
			misuse(t, l.RUnlock)
			require.True(t, l.TryLock())
			l.Unlock()
			require.True(t, l.TryRLock())
			l.RUnlock()
		}},
		{Name: "readers and writers exclude each other, and none starves", Check: rwExcludes},
	})
}

// untilWriterWaits waits until readers must wait behind a writer.
func untilWriterWaits(t *testing.T, l rwLocker) {
	t.Helper()
	until(t, "the writer waits", func() bool {
		if l.TryRLock() {
			l.RUnlock()
			return false
		}
		return true
	})
}

func rwExcludes(t *testing.T, l rwLocker) {
	var reading, writing, wrong atomic.Int32
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for range effort.Times(20, 10, 200) {
				if i%3 == 0 {
					l.Lock()
					if writing.Add(1) != 1 || reading.Load() != 0 {
						wrong.Add(1)
					}
					writing.Add(-1)
					l.Unlock()
					continue
				}
				l.RLock()
				reading.Add(1)
				if writing.Load() != 0 {
					wrong.Add(1)
				}
				reading.Add(-1)
				l.RUnlock()
			}
		})
	}
	all.Wait()
	require.Zero(t, wrong.Load())
}
