package signals_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
	"github.com/fanfold/fanfold/concurrent"
)

// BenchmarkBarrier: an operation is a meeting of all parties.
func BenchmarkBarrier(b *testing.B) {
	ctx := b.Context()
	for _, parties := range []int{2, 8} {
		b.Run(fmt.Sprint("parties=", parties), func(b *testing.B) {
			b.Run("impl=sync.Cond", func(b *testing.B) {
				h := handBarrier{parties: parties}
				h.all.L = &h.mu
				meet(b, parties, h.wait)
			})
			barrier := func(ctx context.Context) func(*testing.B) {
				return func(b *testing.B) {
					barrier := concurrent.NewBarrier(parties, nil)
					meet(b, parties, func() {
						if _, err := barrier.Wait(ctx); err != nil {
							b.Error(err)
						}
					})
				}
			}
			b.Run("impl=fanfold", barrier(context.Background()))
			b.Run("impl=fanfold-context", barrier(ctx))
		})
	}
}

func meet(b *testing.B, parties int, wait func()) {
	share.Run(b, 1, func(turns int) {
		var all sync.WaitGroup
		for range parties {
			all.Go(func() {
				for range turns {
					wait()
				}
			})
		}
		all.Wait()
	})
}

// A handBarrier is the barrier one writes oneself. It cannot be left.
type handBarrier struct {
	mu               sync.Mutex
	all              sync.Cond
	parties, arrived int
	meeting          int
}

func (h *handBarrier) wait() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.arrived++; h.arrived == h.parties {
		h.arrived = 0
		h.meeting++
		h.all.Broadcast()
		return
	}
	for meeting := h.meeting; meeting == h.meeting; {
		h.all.Wait()
	}
}
