package conformance

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/stretchr/testify/assert"
)

// TestFairness lets 16 goroutines fight over one thing, and holds on to what the
// one that got it least often got: a quarter of the mean at least. Run it with
// -fairness 10s for figures to quote.
func TestFairness(t *testing.T) {
	const waiters = 16
	t.Run("Lock", func(t *testing.T) {
		fair(t, waiters, func(ctx context.Context) func() bool {
			var l concurrent.Lock
			got := 0
			return func() bool {
				l.Lock()
				got++
				l.Unlock()
				return ctx.Err() == nil
			}
		})
	})
	t.Run("Semaphore", func(t *testing.T) {
		fair(t, waiters, func(ctx context.Context) func() bool {
			s := concurrent.NewSemaphore(1)
			return func() bool {
				if s.Acquire(ctx, 1) != nil {
					return false
				}
				s.Release(1)
				return true
			}
		})
	})
	// One more goroutine is at the other end of a queue.
	for _, size := range []int{1, 128} {
		t.Run(fmt.Sprintf("Queue/%d/get", size), func(t *testing.T) {
			fair(t, waiters, func(ctx context.Context) func() bool {
				q := concurrent.NewQueue[int](size)
				go func() {
					for q.Put(ctx, 1) == nil {
					}
				}()
				return func() bool { _, err := q.Get(ctx); return err == nil }
			})
		})
		t.Run(fmt.Sprintf("Queue/%d/put", size), func(t *testing.T) {
			fair(t, waiters, func(ctx context.Context) func() bool {
				q := concurrent.NewQueue[int](size)
				go func() {
					for err := error(nil); err == nil; _, err = q.Get(ctx) {
					}
				}()
				return func() bool { return q.Put(ctx, 1) == nil }
			})
		})
	}
}

// fair checks what the shares of n goroutines are that do what begin returns again
// and again. A short run among others on a busy machine says little: the second is
// longer.
func fair(t *testing.T, n int, begin func(ctx context.Context) (once func() bool)) {
	var counts []int64
	for _, d := range []time.Duration{*fairness, 5 * *fairness} {
		counts = compete(n, d, begin)
		sum := int64(0)
		for _, c := range counts {
			sum += c
		}
		mean := float64(sum) / float64(n)
		least, most := float64(slices.Min(counts))/mean, float64(slices.Max(counts))/mean
		t.Logf("in %v: the least got %.0f %% of the mean, the most %.0f %%, %.0f ns each", d, 100*least, 100*most, float64(d)/float64(sum))
		if least >= 0.25 {
			return
		}
	}
	assert.Fail(t, "one starves", "of %d: %d", n, counts)
}

// compete returns how often each of n goroutines could do it within d.
func compete(n int, d time.Duration, begin func(ctx context.Context) (once func() bool)) []int64 {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	once := begin(ctx)
	counts := make([]int64, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			mine := int64(0)
			for once() {
				mine++
			}
			counts[i] = mine
		})
	}
	close(start)
	time.Sleep(d)
	cancel()
	all.Wait()
	return counts
}
