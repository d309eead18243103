package signals_test

import (
	"fmt"
	"testing"

	"golang.org/x/sync/semaphore"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
	"github.com/fanfold/fanfold/concurrent"
)

// BenchmarkSemaphore takes one of four permits and gives it back.
func BenchmarkSemaphore(b *testing.B) {
	ctx := b.Context()
	const permits = 4
	for _, goroutines := range []int{1, 2, 16} {
		b.Run(fmt.Sprint("goroutines=", goroutines), func(b *testing.B) {
			b.Run("impl=x-sync", func(b *testing.B) {
				s := semaphore.NewWeighted(permits)
				share.Run(b, goroutines, func(turns int) {
					for range turns {
						if s.Acquire(ctx, 1) != nil {
							return
						}
						s.Release(1)
					}
				})
			})
			b.Run("impl=channel-context", func(b *testing.B) {
				s := make(chan struct{}, permits)
				share.Run(b, goroutines, func(turns int) {
					for range turns {
						select {
						case s <- struct{}{}:
						case <-ctx.Done():
							return
						}
						<-s
					}
				})
			})
			b.Run("impl=fanfold", func(b *testing.B) {
				s := concurrent.NewSemaphore(permits)
				share.Run(b, goroutines, func(turns int) {
					for range turns {
						if s.Acquire(ctx, 1) != nil {
							return
						}
						s.Release(1)
					}
				})
			})
			b.Run("impl=fanfold-bounded", func(b *testing.B) {
				s := concurrent.NewBoundedSemaphore(permits)
				share.Run(b, goroutines, func(turns int) {
					for range turns {
						if s.Acquire(ctx, 1) != nil {
							return
						}
						s.Release(1)
					}
				})
			})
		})
	}
}
