package functional_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// slow is how long the first item of BenchmarkSlowFirst takes.
const slow = 20 * time.Millisecond

// BenchmarkSlowFirst measures how long after the call another item begins when the
// first one is slow. What it reports as ns/op is the median of that delay, not
// the duration of the call.
func BenchmarkSlowFirst(b *testing.B) {
	firsts := []struct {
		name string
		run  func() uint64
	}{
		{"blocking", func() uint64 { time.Sleep(slow); return 0 }},
		{"computing", func() uint64 { return spin(int(slow.Microseconds()) * turnsPerMicrosecond) }},
	}
	for _, first := range firsts {
		b.Run("first="+first.name, func(b *testing.B) {
			for _, c := range contenders {
				if c.name == "loop" {
					continue
				}
				b.Run("impl="+c.name, func(b *testing.B) {
					for _, workers := range c.workerCounts() {
						if workers == 1 {
							continue
						}
						b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
							holdUp(b, c.with(b, workers), first.run)
						})
					}
				})
			}
		})
	}
}

// holdUp reports the median delay until an item other than the first begins.
func holdUp(b *testing.B, run mapFunc, first func() uint64) {
	items := ascending(100)
	var delays []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		var once sync.Once
		var delay time.Duration
		start := time.Now()
		_, err := run(context.Background(), items, func(_ context.Context, i int) (uint64, error) {
			if i == 0 {
				return first(), nil
			}
			once.Do(func() { delay = time.Since(start) })
			return 0, nil
		})
		if err != nil {
			b.Fatal(err)
		}
		delays = append(delays, delay)
	}
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)/2].Nanoseconds()), "ns/op")
}
