package tasks_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/fanfold/fanfold/concurrent"
)

// elements is how many a producer makes in one operation.
const elements = 1000

// BenchmarkGenerate has a goroutine make elements for a loop, directly and with some
// of them ahead.
func BenchmarkGenerate(b *testing.B) {
	ctx := b.Context()
	for _, ahead := range []int{0, 64} {
		b.Run(fmt.Sprint("ahead=", ahead), func(b *testing.B) {
			each(b, "channel", func() {
				ch := make(chan int, ahead)
				go func() {
					for i := range elements {
						ch <- i
					}
					close(ch)
				}()
				sum := 0
				for v := range ch {
					sum += v
				}
				checkSum(b, sum)
			})
			each(b, "channel-context", func() {
				ctx, stop := context.WithCancel(ctx)
				ch := make(chan int, ahead)
				go func() {
					defer close(ch)
					for i := range elements {
						select {
						case ch <- i:
						case <-ctx.Done():
							return
						}
					}
				}()
				sum := 0
				for v := range ch {
					sum += v
				}
				stop()
				checkSum(b, sum)
			})
			each(b, "fanfold", func() {
				sum := 0
				for v, err := range concurrent.Generate(ctx, func(_ context.Context, yield func(int) error) error {
					for i := range elements {
						if err := yield(i); err != nil {
							return err
						}
					}
					return nil
				}, concurrent.GenerateOptions{Buffer: ahead}) {
					if err != nil {
						b.Error(err)
					}
					sum += v
				}
				checkSum(b, sum)
			})
		})
	}
}

func checkSum(b *testing.B, sum int) {
	if want := elements * (elements - 1) / 2; sum != want {
		b.Errorf("the elements add up to %d, want %d", sum, want)
	}
}
