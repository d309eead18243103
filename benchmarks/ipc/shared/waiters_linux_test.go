package shared_test

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// crowd is how many goroutines wait at a time.
const crowd = 10_000

// BenchmarkWaiters wakes ten thousand goroutines at once: from another process, or from
// this one by closing a channel. It also reports how many threads they have needed.
func BenchmarkWaiters(b *testing.B) {
	b.Run("impl=channel", func(b *testing.B) {
		waiters(b, func() (func(), func() int64) {
			c := make(chan struct{})
			return func() { <-c }, func() int64 {
				begin := now()
				close(c)
				return begin
			}
		})
	})
	b.Run("impl=fanfold", func(b *testing.B) {
		m := newMemory(b)
		s := signal{must(shm.NewEvent(m))(b), must(shm.NewEvent(m))(b), must(shm.NewNumber(m, int64(0)))(b)}
		beside(b, setter, s)
		waiters(b, func() (func(), func() int64) {
			s.All.Clear()
			return func() { _ = s.All.Wait(context.Background()) }, func() int64 {
				s.Go.Set()
				s.All.Wait(context.Background())
				return s.At.Load()
			}
		})
	})
}

// A signal has another process set an event.
type signal struct {
	Go, All *shm.Event
	At      *shm.Number[int64] // when it began to set it
}

var setter = ipc.Func("bench.setter", func(ctx context.Context, s signal) (struct{}, error) {
	for {
		if err := s.Go.Wait(ctx); err != nil {
			return struct{}{}, err
		}
		s.Go.Clear()
		s.At.Store(now())
		s.All.Set()
	}
})

// waiters measures how long it takes from the wake-up, whose time release returns, until
// all have returned from wait.
func waiters(b *testing.B, begin func() (wait func(), release func() int64)) {
	var took time.Duration
	more := 0
	for b.Loop() {
		wait, release := begin()
		before := threads(b)
		var coming atomic.Int64
		var all sync.WaitGroup
		for range crowd {
			all.Go(func() {
				coming.Add(1)
				wait()
			})
		}
		until(func() bool { return coming.Load() == crowd })
		time.Sleep(asleep)
		more = max(more, threads(b)-before)
		at := release()
		all.Wait()
		took += time.Duration(now() - at)
	}
	b.ReportMetric(float64(took)/float64(b.N), "ns/op")
	b.ReportMetric(float64(more), "threads")
}

// threads returns how many threads this process has.
func threads(b *testing.B) int { return len(must(os.ReadDir("/proc/self/task"))(b)) }
