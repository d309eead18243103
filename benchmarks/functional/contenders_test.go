package functional_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/alitto/pond/v2"
	"github.com/destel/rill"
	"github.com/exascience/pargo/parallel"
	lop "github.com/samber/lo/parallel"
	conciter "github.com/sourcegraph/conc/iter"
	"golang.org/x/sync/errgroup"

	"github.com/fanfold/fanfold/functional/par"
)

// A mapFunc maps items through f, in order.
type mapFunc func(ctx context.Context, items []int, f itemFunc) ([]uint64, error)

// A contender is one way of mapping a slice over several workers.
type contender struct {
	name string
	// unbounded says that it offers no choice of the number of workers: it is
	// measured with GOMAXPROCS only.
	unbounded bool
	// with returns the map for a number of workers. What can live longer than
	// one call, such as a pool, is made here, outside of what is measured.
	with func(tb testing.TB, workers int) mapFunc
}

// contenders starts with the loop, which the others are compared with.
var contenders = []contender{
	{name: "loop", with: func(testing.TB, int) mapFunc { return loop }},
	{name: "hand-chunks", with: handChunks},
	{name: "errgroup", with: perItemErrgroup},
	{name: "pargo", with: pargo},
	{name: "conc", with: conc},
	{name: "lo", unbounded: true, with: lo},
	{name: "rill", with: rillOrdered},
	{name: "pond", with: pondGroup},
	{name: "fanfold", with: fanfold},
}

// workerCounts returns the numbers of workers c is measured with.
func (c contender) workerCounts() []int {
	procs := runtime.GOMAXPROCS(0)
	if c.unbounded {
		return []int{procs}
	}
	counts := []int{1, 2, 4}
	if !slices.Contains(counts, procs) {
		counts = append(counts, procs)
	}
	return counts
}

//go:noinline
func loop(ctx context.Context, items []int, f itemFunc) ([]uint64, error) {
	out := make([]uint64, len(items))
	for i, item := range items {
		v, err := f(ctx, item)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// handChunks cuts as many pieces as there are workers.
func handChunks(_ testing.TB, workers int) mapFunc {
	return func(ctx context.Context, items []int, f itemFunc) ([]uint64, error) {
		out := make([]uint64, len(items))
		errs := make([]error, workers)
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := w * len(items) / workers; i < (w+1)*len(items)/workers; i++ {
					v, err := f(ctx, items[i])
					if err != nil {
						errs[w] = err
						return
					}
					out[i] = v
				}
			})
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

func perItemErrgroup(_ testing.TB, workers int) mapFunc {
	return func(ctx context.Context, items []int, f itemFunc) ([]uint64, error) {
		out := make([]uint64, len(items))
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(workers)
		for i, item := range items {
			g.Go(func() error {
				v, err := f(ctx, item)
				out[i] = v
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
		return out, nil
	}
}

func pargo(_ testing.TB, workers int) mapFunc {
	return func(ctx context.Context, items []int, f itemFunc) ([]uint64, error) {
		out := make([]uint64, len(items))
		var failed error
		var once sync.Once
		parallel.Range(0, len(items), workers, func(low, high int) {
			for i := low; i < high; i++ {
				v, err := f(ctx, items[i])
				if err != nil {
					once.Do(func() { failed = err })
					return
				}
				out[i] = v
			}
		})
		if failed != nil {
			return nil, failed
		}
		return out, nil
	}
}

func conc(_ testing.TB, workers int) mapFunc {
	m := conciter.Mapper[int, uint64]{MaxGoroutines: workers}
	return func(ctx context.Context, items []int, f itemFunc) ([]uint64, error) {
		return m.MapErr(items, func(item *int) (uint64, error) { return f(ctx, *item) })
	}
}

// lo cannot pass an error on; no item fails here.
func lo(testing.TB, int) mapFunc {
	return func(ctx context.Context, items []int, f itemFunc) ([]uint64, error) {
		return lop.Map(items, func(item, _ int) uint64 {
			v, _ := f(ctx, item)
			return v
		}), nil
	}
}

func rillOrdered(_ testing.TB, workers int) mapFunc {
	return func(ctx context.Context, items []int, f itemFunc) ([]uint64, error) {
		in := rill.FromSlice(items, nil)
		return rill.ToSlice(rill.OrderedMap(in, workers, func(item int) (uint64, error) { return f(ctx, item) }))
	}
}

func pondGroup(tb testing.TB, workers int) mapFunc {
	pool := pond.NewResultPool[uint64](workers)
	tb.Cleanup(pool.StopAndWait)
	return func(ctx context.Context, items []int, f itemFunc) ([]uint64, error) {
		group := pool.NewGroupContext(ctx)
		for _, item := range items {
			group.SubmitErr(func() (uint64, error) { return f(ctx, item) })
		}
		return group.Wait()
	}
}

func fanfold(_ testing.TB, workers int) mapFunc {
	return func(ctx context.Context, items []int, f itemFunc) ([]uint64, error) {
		return par.Map(ctx, items, f, par.Options{Workers: workers})
	}
}
