package pools_test

import (
	"context"
	"testing"

	"github.com/alitto/pond/v2"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
	"github.com/fanfold/fanfold/concurrent"
)

// outstanding is how many results one producer waits for at a time.
const outstanding = 64

// BenchmarkResults submits tasks with a result, and takes the result of each when
// another 64 have been submitted.
func BenchmarkResults(b *testing.B) {
	b.Run("impl=go-channel", func(b *testing.B) { viaChannel(b, goroutines) })
	b.Run("impl=channel-channel", func(b *testing.B) { viaChannel(b, channelPool) })
	b.Run("impl=ants-channel", func(b *testing.B) { viaChannel(b, antsPool) })
	b.Run("impl=pond", func(b *testing.B) {
		p := pond.NewResultPool[int](workers, pond.WithQueueSize(queue))
		b.Cleanup(p.StopAndWait)
		results(b, func(i int) pond.ResultTask[int] {
			return p.Submit(func() int { return i + 1 })
		}, func(r pond.ResultTask[int]) (int, error) { return r.Wait() })
	})
	ctx := b.Context()
	increment := func(_ context.Context, i int) (int, error) { return i + 1, nil }
	wait := func(f *concurrent.Future[int]) (int, error) { return f.Result(ctx) }
	b.Run("impl=fanfold", func(b *testing.B) {
		p := newPool(b)
		results(b, func(i int) *concurrent.Future[int] { return concurrent.Submit(ctx, p, i, increment) }, wait)
	})
	// A goroutine for each, with a future instead of a channel.
	b.Run("impl=fanfold-go", func(b *testing.B) {
		results(b, func(i int) *concurrent.Future[int] {
			return concurrent.Go(ctx, func(ctx context.Context) (int, error) { return increment(ctx, i) })
		}, wait)
	})
}

// viaChannel has every task send its result to a channel of its own.
func viaChannel(b *testing.B, open func(testing.TB) func(func())) {
	start := open(b)
	results(b, func(i int) chan int {
		result := make(chan int, 1)
		start(func() { result <- i + 1 })
		return result
	}, func(result chan int) (int, error) { return <-result, nil })
}

// results keeps as many results outstanding as that constant says.
func results[R any](b *testing.B, submit func(int) R, wait func(R) (int, error)) {
	share.Run(b, 1, func(tasks int) {
		var window [outstanding]R
		take := func(i int) {
			if v, err := wait(window[i%outstanding]); v != i+1 || err != nil {
				b.Errorf("task %d: got %d, %v", i, v, err)
			}
		}
		for i := range tasks {
			if i >= outstanding {
				take(i - outstanding)
			}
			window[i%outstanding] = submit(i)
		}
		for i := max(0, tasks-outstanding); i < tasks; i++ {
			take(i)
		}
	})
}
