package tasks_test

import (
	"context"
	"sync"
	"testing"

	"github.com/sourcegraph/conc"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
	"github.com/fanfold/fanfold/concurrent"
)

// many is how many goroutines an operation starts and waits for.
const many = 16

// each measures run as impl.
func each(b *testing.B, impl string, run func()) {
	b.Run("impl="+impl, func(b *testing.B) {
		share.Run(b, 1, func(turns int) {
			for range turns {
				run()
			}
		})
	})
}

// BenchmarkWaitGroup starts goroutines and waits until they have ended.
func BenchmarkWaitGroup(b *testing.B) {
	ctx := b.Context()
	nothing := func() {}
	each(b, "sync.WaitGroup", func() {
		var wg sync.WaitGroup
		for range many {
			wg.Go(nothing)
		}
		wg.Wait()
	})
	each(b, "conc", func() {
		var wg conc.WaitGroup
		for range many {
			wg.Go(nothing)
		}
		wg.Wait()
	})
	each(b, "fanfold-context", func() {
		var wg concurrent.WaitGroup
		for range many {
			wg.Go(nothing)
		}
		if err := wg.WaitContext(ctx); err != nil {
			b.Error(err)
		}
	})
}

// BenchmarkGroup starts goroutines that may fail and have a context that then ends.
func BenchmarkGroup(b *testing.B) {
	ctx := b.Context()
	check := func(err error) {
		if err != nil {
			b.Error(err)
		}
	}
	each(b, "errgroup", func() {
		g, ctx := errgroup.WithContext(ctx)
		for range many {
			g.Go(func() error { return ctx.Err() })
		}
		check(g.Wait())
	})
	each(b, "conc", func() {
		g := concpool.New().WithContext(ctx)
		for range many {
			g.Go(func(ctx context.Context) error { return ctx.Err() })
		}
		check(g.Wait())
	})
	each(b, "fanfold", func() {
		check(concurrent.Group(ctx, func(_ context.Context, g *concurrent.TaskGroup) error {
			for range many {
				g.Go(func(ctx context.Context) error { return ctx.Err() })
			}
			return nil
		}))
	})
}

// BenchmarkGather starts goroutines that return a value or an error, and puts the
// values into a slice in their order.
func BenchmarkGather(b *testing.B) {
	ctx := b.Context()
	work := func(_ context.Context, i int) (int, error) { return i, nil }
	check := func(values []int, err error) {
		if err != nil || len(values) != many || values[many-1] != many-1 {
			b.Errorf("got %v, %v", values, err)
		}
	}
	each(b, "WaitGroup+slice", func() {
		values, errs := make([]int, many), make([]error, many)
		var wg sync.WaitGroup
		for i := range many {
			wg.Go(func() { values[i], errs[i] = work(ctx, i) })
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				check(values, err)
			}
		}
		check(values, nil)
	})
	each(b, "errgroup+slice", func() {
		values := make([]int, many)
		g, ctx := errgroup.WithContext(ctx)
		for i := range many {
			g.Go(func() (err error) { values[i], err = work(ctx, i); return err })
		}
		check(values, g.Wait())
	})
	each(b, "conc", func() {
		p := concpool.NewWithResults[int]().WithContext(ctx)
		for i := range many {
			p.Go(func(ctx context.Context) (int, error) { return work(ctx, i) })
		}
		values, err := p.Wait()
		if err != nil || len(values) != many { // in the order in which they came
			b.Errorf("got %v, %v", values, err)
		}
	})
	each(b, "fanfold", func() {
		futures := make([]*concurrent.Future[int], many)
		for i := range many {
			futures[i] = concurrent.Go(ctx, func(ctx context.Context) (int, error) { return work(ctx, i) })
		}
		check(concurrent.Gather(ctx, futures...))
	})
}
