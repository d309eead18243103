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

// chunkContenders map a million trivial items with the item's work inlined into
// a loop, which no form with a callback per item can do.
var chunkContenders = []struct {
	name string
	run  func(ctx context.Context, items []int, workers int) ([]uint64, error)
}{
	{"loop", func(_ context.Context, items []int, _ int) ([]uint64, error) {
		out := make([]uint64, len(items))
		mixAll(out, items)
		return out, nil
	}},
	{"hand-chunks", func(_ context.Context, items []int, workers int) ([]uint64, error) {
		out := make([]uint64, len(items))
		var wg sync.WaitGroup
		for w := range workers {
			low, high := w*len(items)/workers, (w+1)*len(items)/workers
			wg.Go(func() { mixAll(out[low:high], items[low:high]) })
		}
		wg.Wait()
		return out, nil
	}},
	{"pargo", func(_ context.Context, items []int, workers int) ([]uint64, error) {
		out := make([]uint64, len(items))
		parallel.Range(0, len(items), workers, func(low, high int) { mixAll(out[low:high], items[low:high]) })
		return out, nil
	}},
	{"fanfold", func(ctx context.Context, items []int, workers int) ([]uint64, error) {
		return par.MapChunks(ctx, items, mixChunk, par.Options{Workers: workers})
	}},
}

func mixAll(out []uint64, items []int) {
	for i, item := range items {
		out[i] = mix(item)
	}
}

func mixChunk(_ context.Context, items []int) ([]uint64, error) {
	out := make([]uint64, len(items))
	mixAll(out, items)
	return out, nil
}

// BenchmarkParMapChunks maps a million trivial items a chunk at a time.
func BenchmarkParMapChunks(b *testing.B) {
	items := ascending(1_000_000)
	want := make([]uint64, len(items))
	mixAll(want, items)
	b.Run("workload=1e6-trivial", func(b *testing.B) {
		for _, c := range chunkContenders {
			b.Run("impl="+c.name, func(b *testing.B) {
				for _, workers := range []int{1, 2, 4} {
					b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
						got, err := c.run(context.Background(), items, workers)
						require.NoError(b, err)
						require.True(b, slices.Equal(got, want), "%s does not map as the loop does", c.name)
						measure(b, func() error {
							_, err := c.run(context.Background(), items, workers)
							return err
						})
					})
				}
			})
		}
	})
}
