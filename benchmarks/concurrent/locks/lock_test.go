package locks_test

import (
	"context"
	"sync"
	"testing"

	"golang.org/x/sync/semaphore"

	"github.com/fanfold/fanfold/concurrent"
)

func BenchmarkLock(b *testing.B) {
	compare(b,
		impl{"sync.Mutex", mutex},
		impl{"channel-context", channelLock},
		impl{"semaphore-context", semaphoreLock},
		impl{"fanfold", fanfoldLock},
		impl{"fanfold-context", fanfoldLockContext},
	)
}

func mutex(context.Context) (func(int), func() int) {
	var s struct {
		mu sync.Mutex
		n  int
	}
	return func(turns int) {
		for range turns {
			s.mu.Lock()
			s.n++
			s.mu.Unlock()
		}
	}, func() int { return s.n }
}

// channelLock is the lock one makes of a channel with room for one.
func channelLock(ctx context.Context) (func(int), func() int) {
	lock, n := make(chan struct{}, 1), 0
	return func(turns int) {
		for range turns {
			select {
			case lock <- struct{}{}:
			case <-ctx.Done():
				return
			}
			n++
			<-lock
		}
	}, func() int { return n }
}

func semaphoreLock(ctx context.Context) (func(int), func() int) {
	lock, n := semaphore.NewWeighted(1), 0
	return func(turns int) {
		for range turns {
			if lock.Acquire(ctx, 1) != nil {
				return
			}
			n++
			lock.Release(1)
		}
	}, func() int { return n }
}

func fanfoldLock(context.Context) (func(int), func() int) {
	var s struct {
		lock concurrent.Lock
		n    int
	}
	return func(turns int) {
		for range turns {
			s.lock.Lock()
			s.n++
			s.lock.Unlock()
		}
	}, func() int { return s.n }
}

func fanfoldLockContext(ctx context.Context) (func(int), func() int) {
	var s struct {
		lock concurrent.Lock
		n    int
	}
	return func(turns int) {
		for range turns {
			if s.lock.LockContext(ctx) != nil {
				return
			}
			s.n++
			s.lock.Unlock()
		}
	}, func() int { return s.n }
}
