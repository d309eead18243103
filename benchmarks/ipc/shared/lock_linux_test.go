package shared_test

import (
	"context"
	"sync"
	"testing"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// BenchmarkLock takes a lock that nobody else wants.
func BenchmarkLock(b *testing.B) {
	b.Run("impl=sync.Mutex", func(b *testing.B) {
		l := new(sync.Mutex)
		n := 0
		for b.Loop() {
			l.Lock()
			n++
			l.Unlock()
		}
	})
	b.Run("impl=C-robust", func(b *testing.B) { robust(b, "one") })
	b.Run("impl=fanfold", func(b *testing.B) {
		l := must(shm.NewLock(newMemory(b)))(b)
		n := 0
		for b.Loop() {
			l.Lock()
			n++
			l.Unlock()
		}
	})
	b.Run("impl=fanfold-LockContext", func(b *testing.B) {
		l := must(shm.NewLock(newMemory(b)))(b)
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		for b.Loop() {
			if err := l.LockContext(ctx); err != nil {
				b.Fatal(err)
			}
			l.Unlock()
		}
	})
}

// A rivalry is two processes that want one lock.
type rivalry struct {
	Lock  *shm.Lock
	Taken *shm.Array[int64] // how often, guarded by the lock
}

var rival = ipc.Func("bench.rival", func(ctx context.Context, r rivalry) (struct{}, error) {
	taken := r.Taken.Slice()
	for {
		r.Lock.Lock()
		taken[0]++
		r.Lock.Unlock()
	}
})

// BenchmarkLockOfTwo takes a lock that another process takes as often as it can.
func BenchmarkLockOfTwo(b *testing.B) {
	b.Run("impl=C-robust", func(b *testing.B) { robust(b, "two") })
	b.Run("impl=fanfold", func(b *testing.B) {
		m := newMemory(b)
		r := rivalry{must(shm.NewLock(m))(b), must(shm.NewArray[int64](m, 1))(b)}
		taken := r.Taken.Slice()
		beside(b, rival, r)
		count := func() int64 {
			r.Lock.Lock()
			defer r.Lock.Unlock()
			return taken[0]
		}
		until(func() bool { return count() > 0 })
		begin := count()
		for b.Loop() {
			r.Lock.Lock()
			taken[0]++
			r.Lock.Unlock()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(count()-begin), "ns/op")
	})
}
