package pools_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
)

// BenchmarkTasks submits tasks that do nothing but tell a WaitGroup that they have
// run, and waits for all of them.
func BenchmarkTasks(b *testing.B) {
	for _, producers := range []int{1, 16} {
		b.Run(fmt.Sprint("producers=", producers), func(b *testing.B) {
			for _, c := range contenders {
				b.Run("impl="+c.name, func(b *testing.B) {
					start := c.open(b)
					share.Run(b, producers, func(tasks int) {
						var wg sync.WaitGroup
						wg.Add(tasks)
						task := wg.Done
						for range tasks {
							start(task)
						}
						wg.Wait()
					})
				})
			}
		})
	}
}
