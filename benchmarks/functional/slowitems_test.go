package functional_test

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// slowItem is one item of BenchmarkSlowItems. It sleeps, so that more workers
// than cores can overlap too.
const slowItem = 100 * time.Millisecond

// BenchmarkSlowItems gives every worker one slow item: all of them should take
// hardly longer than one. A map that tries the first items out on its own before
// it starts the workers takes twice as long.
func BenchmarkSlowItems(b *testing.B) {
	sleep := func(context.Context, int) (uint64, error) {
		time.Sleep(slowItem)
		return 0, nil
	}
	b.Run("impl=one-item", func(b *testing.B) {
		for _, workers := range []int{2, 4} {
			b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
				measure(b, func() error {
					_, err := sleep(context.Background(), 0)
					return err
				})
			})
		}
	})
	for _, c := range contenders {
		if c.name == "loop" || c.unbounded {
			continue
		}
		b.Run("impl="+c.name, func(b *testing.B) {
			for _, workers := range []int{2, 4} {
				b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
					run := c.with(b, workers)
					items := make([]int, workers)
					measure(b, func() error {
						_, err := run(context.Background(), items, sleep)
						return err
					})
				})
			}
		})
	}
}
