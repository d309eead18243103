package locks_test

import (
	"bytes"
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
	"github.com/fanfold/fanfold/concurrent"
)

// BenchmarkRLock takes a lock, takes it again, and releases it twice. A sync.Mutex
// is taken once: it is what a lock costs that cannot be taken again.
func BenchmarkRLock(b *testing.B) {
	ctx := context.Background()
	var n int
	measure := func(name string, twice func(f func())) {
		b.Run("impl="+name, func(b *testing.B) {
			share.Run(b, 1, func(turns int) {
				for range turns {
					twice(func() { n++ })
				}
			})
		})
	}
	var mu sync.Mutex
	measure("sync.Mutex-once", func(f func()) { mu.Lock(); f(); mu.Unlock() })
	var byID idLock
	measure("goroutine-id", func(f func()) { byID.Lock(); byID.Lock(); f(); byID.Unlock(); byID.Unlock() })
	var rlock concurrent.RLock
	owner := rlock.Owner()
	measure("fanfold", func(f func()) { owner.Lock(); owner.Lock(); f(); owner.Unlock(); owner.Unlock() })
	measure("fanfold-do", func(f func()) {
		_ = rlock.Do(ctx, func(ctx context.Context) error {
			return rlock.Do(ctx, func(context.Context) error { f(); return nil })
		})
	})
}

// An idLock is owned by a goroutine, which it knows by the number that stands in
// its stack trace: Go tells it nowhere else.
type idLock struct {
	mu    sync.Mutex
	owner atomic.Int64
	depth int
}

func (l *idLock) Lock() {
	me := goroutineID()
	if l.owner.Load() != me {
		l.mu.Lock()
		l.owner.Store(me)
	}
	l.depth++
}

func (l *idLock) Unlock() {
	if l.owner.Load() != goroutineID() {
		panic("unlocked by another goroutine")
	}
	if l.depth--; l.depth == 0 {
		l.owner.Store(0)
		l.mu.Unlock()
	}
}

func goroutineID() int64 {
	var buf [64]byte
	text := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(text, []byte(" "))
	id, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil {
		panic(err)
	}
	return id
}
