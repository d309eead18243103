package functional_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/exascience/pargo/parallel"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/par"
)

// rangeContenders write the results of trivial items where they belong, with the
// item's work inlined into a loop over a range of indexes.
var rangeContenders = []struct {
	name string
	run  func(ctx context.Context, out []uint64, items []int, workers int) error
}{
	{"loop", func(_ context.Context, out []uint64, items []int, _ int) error {
		mixAll(out, items)
		return nil
	}},
	{"hand-chunks", func(_ context.Context, out []uint64, items []int, workers int) error {
		var wg sync.WaitGroup
		for w := range workers {
			low, high := w*len(items)/workers, (w+1)*len(items)/workers
			wg.Go(func() { mixAll(out[low:high], items[low:high]) })
		}
		wg.Wait()
		return nil
	}},
	{"pargo", func(_ context.Context, out []uint64, items []int, workers int) error {
		parallel.Range(0, len(items), workers, func(low, high int) { mixAll(out[low:high], items[low:high]) })
		return nil
	}},
	{"fanfold", func(ctx context.Context, out []uint64, items []int, workers int) error {
		return par.Range(ctx, len(items), func(_ context.Context, low, high int) error {
			mixAll(out[low:high], items[low:high])
			return nil
		}, par.Options{Workers: workers})
	}},
}

// BenchmarkParRange maps a million trivial items into a slice that is there.
func BenchmarkParRange(b *testing.B) {
	items := ascending(1_000_000)
	want, out := make([]uint64, len(items)), make([]uint64, len(items))
	mixAll(want, items)
	b.Run("workload=1e6-trivial", func(b *testing.B) {
		for _, c := range rangeContenders {
			b.Run("impl="+c.name, func(b *testing.B) {
				for _, workers := range []int{1, 2, 4} {
					b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
						clear(out)
						require.NoError(b, c.run(context.Background(), out, items, workers))
						require.True(b, slices.Equal(out, want), "%s does not map as the loop does", c.name)
						measure(b, func() error { return c.run(context.Background(), out, items, workers) })
					})
				}
			})
		}
	})
}
