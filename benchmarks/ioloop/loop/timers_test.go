package loop_test

import (
	"container/heap"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/fanfold/fanfold/ioloop"
)

// pending is how many timers there are.
const pending = 1_000_000

// batch is how many timers are stopped before they are set again.
const batch = 10_000

// A timer is one of those that are compared.
type timer interface {
	Reset(time.Duration) bool
	Stop() bool
}

// BenchmarkTimers changes timers, among a million that are pending: in the order in which
// they were made, or in any. Reset makes one due later than it was, as the timer of an idle
// connection is; Move makes it due at any time.
func BenchmarkTimers(b *testing.B) {
	for _, op := range []string{"Reset", "Move", "Stop"} {
		b.Run("op="+op, func(b *testing.B) {
			b.Run("impl=fanfold", func(b *testing.B) {
				loop, err := ioloop.New()
				if err != nil {
					b.Skip(err)
				}
				defer loop.Close()
				orders(b, op, many(func(d time.Duration) *ioloop.Timer { return loop.AfterFunc(d, func() {}) }))
			})
			b.Run("impl=time.AfterFunc", func(b *testing.B) {
				timers := many(func(d time.Duration) *time.Timer { return time.AfterFunc(d, func() {}) })
				defer stopAll(timers)
				orders(b, op, timers)
			})
			b.Run("impl=container-heap", func(b *testing.B) {
				h := &timerHeap{}
				orders(b, op, many(h.add))
			})
		})
	}
}

func many[T timer](make func(time.Duration) T) []T {
	var timers []T
	for range pending {
		timers = append(timers, make(later()))
	}
	runtime.GC() // which would follow later
	return timers
}

func stopAll[T timer](timers []T) {
	for _, t := range timers {
		t.Stop()
	}
}

// latest is no earlier than any time of later.
const latest = time.Hour + time.Minute

// later returns a time that does not come while a benchmark runs.
func later() time.Duration { return time.Hour + time.Duration(rand.Int64N(int64(time.Minute))) }

func orders[T timer](b *testing.B, op string, timers []T) {
	measure := map[string]func(*testing.B, []T){"Reset": reset[T], "Move": move[T], "Stop": stop[T]}[op]
	b.Run("order=made", func(b *testing.B) { measure(b, timers) })
	b.Run("order=any", func(b *testing.B) {
		rand.Shuffle(len(timers), func(i, j int) { timers[i], timers[j] = timers[j], timers[i] })
		measure(b, timers)
	})
}

func reset[T timer](b *testing.B, timers []T) {
	for i := 0; b.Loop(); i++ {
		timers[i%pending].Reset(latest)
	}
}

func move[T timer](b *testing.B, timers []T) {
	times := make([]time.Duration, batch)
	for i := range times {
		times[i] = later()
	}
	for i := 0; b.Loop(); i++ {
		timers[i%pending].Reset(times[i%batch])
	}
}

// stop measures batches, and sets the timers again between them.
func stop[T timer](b *testing.B, timers []T) {
	var sum time.Duration
	count := 0
	for at := 0; b.Loop(); at = (at + batch) % pending {
		some := timers[at : at+batch]
		begin := time.Now()
		for _, t := range some {
			t.Stop()
		}
		sum += time.Since(begin)
		count += batch
		for _, t := range some {
			t.Reset(later())
		}
	}
	b.ReportMetric(float64(sum.Nanoseconds())/float64(count), "ns/op")
}

// A timerHeap is what a program without timers of its own would use.
type timerHeap struct{ timers []*heapTimer }

type heapTimer struct {
	heap  *timerHeap
	at    time.Duration
	index int
	f     func()
}

func (h *timerHeap) Len() int           { return len(h.timers) }
func (h *timerHeap) Less(i, j int) bool { return h.timers[i].at < h.timers[j].at }

func (h *timerHeap) Swap(i, j int) {
	h.timers[i], h.timers[j] = h.timers[j], h.timers[i]
	h.timers[i].index, h.timers[j].index = i, j
}

func (h *timerHeap) Push(x any) {
	t := x.(*heapTimer)
	t.index = len(h.timers)
	h.timers = append(h.timers, t)
}

func (h *timerHeap) Pop() any {
	last := len(h.timers) - 1
	t := h.timers[last]
	h.timers = h.timers[:last]
	t.index = -1
	return t
}

func (h *timerHeap) add(d time.Duration) *heapTimer {
	t := &heapTimer{heap: h, at: d, f: func() {}}
	heap.Push(h, t)
	return t
}

func (t *heapTimer) Reset(d time.Duration) bool {
	t.at = d
	if t.index < 0 {
		heap.Push(t.heap, t)
		return false
	}
	heap.Fix(t.heap, t.index)
	return true
}

func (t *heapTimer) Stop() bool {
	if t.index < 0 {
		return false
	}
	heap.Remove(t.heap, t.index)
	return true
}
