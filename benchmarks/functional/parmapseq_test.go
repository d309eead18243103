package functional_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/destel/rill"
	"github.com/sourcegraph/conc/stream"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/par"
)

// seqContenders map a sequence to a sequence of results in the same order. The sum
// of the results is checked.
var seqContenders = []struct {
	name string
	sum  func(ctx context.Context, seq iter.Seq[int], workers int) (uint64, error)
}{
	{"loop", sumLoop},
	{"rill", sumRill},
	{"conc", sumConc},
	{"fanfold", sumFanfold},
}

func sumLoop(ctx context.Context, seq iter.Seq[int], _ int) (sum uint64, err error) {
	f := itemFunc(work)
	for item := range seq {
		v, err := f(ctx, item)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

func sumRill(ctx context.Context, seq iter.Seq[int], workers int) (sum uint64, err error) {
	out := rill.OrderedMap(rill.FromSeq(seq, nil), workers, func(item int) (uint64, error) { return work(ctx, item) })
	for v, err := range rill.ToSeq2(out) {
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// sumConc drops errors, as conc's streams have no place for them.
func sumConc(ctx context.Context, seq iter.Seq[int], workers int) (sum uint64, err error) {
	s := stream.New().WithMaxGoroutines(workers)
	for item := range seq {
		s.Go(func() stream.Callback {
			v, _ := work(ctx, item)
			return func() { sum += v }
		})
	}
	s.Wait()
	return sum, nil
}

func sumFanfold(ctx context.Context, seq iter.Seq[int], workers int) (sum uint64, err error) {
	for v, err := range par.MapSeq(ctx, seq, work, par.Options{Workers: workers}) {
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// BenchmarkParMapSeq maps a sequence lazily, results in order.
func BenchmarkParMapSeq(b *testing.B) {
	seq := slices.Values(uniform(10_000, turnsPerMicrosecond))
	want, _ := sumLoop(context.Background(), seq, 1)
	b.Run("workload=10000x1us", func(b *testing.B) {
		for _, c := range seqContenders {
			b.Run("impl="+c.name, func(b *testing.B) {
				for _, workers := range []int{1, 2, 4} {
					b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
						got, err := c.sum(context.Background(), seq, workers)
						require.NoError(b, err)
						require.Equal(b, want, got, "%s does not map as the loop does", c.name)
						measure(b, func() error {
							_, err := c.sum(context.Background(), seq, workers)
							return err
						})
					})
				}
			})
		}
	})
}
