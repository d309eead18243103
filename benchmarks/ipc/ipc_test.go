package ipc_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/fanfold/fanfold/functional"
)

// BenchmarkSpawn starts one worker, calls it once and waits until it is gone.
func BenchmarkSpawn(b *testing.B) {
	for _, c := range peers {
		b.Run("impl="+c.name, func(b *testing.B) {
			for b.Loop() {
				p := mustStart(b, c.start, 1)
				check(b, p)
				if err := p.close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkApply makes one call at a time.
func BenchmarkApply(b *testing.B) {
	for _, c := range peers {
		b.Run("impl="+c.name, func(b *testing.B) {
			p := started(b, c.start, 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.call(b.Context(), 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCalls makes calls from many goroutines; an operation is one call. The
// goroutines share b.N calls, since b.Loop belongs to one.
func BenchmarkCalls(b *testing.B) {
	for _, c := range peers {
		b.Run("impl="+c.name, func(b *testing.B) {
			for _, inFlight := range []int{64, 256} {
				b.Run(fmt.Sprint("inflight=", inFlight), func(b *testing.B) {
					p := started(b, c.start, runtime.GOMAXPROCS(0))
					// Workers are started when there is work for them.
					if err := calls(b.Context(), p, 10*inFlight, inFlight); err != nil {
						b.Fatal(err)
					}
					b.ReportAllocs()
					b.ResetTimer()
					if err := calls(b.Context(), p, b.N, inFlight); err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
				})
			}
		})
	}
}

// calls makes n calls from inFlight goroutines and returns an error of one.
func calls(ctx context.Context, p peer, n, inFlight int) error {
	var left atomic.Int64
	left.Store(int64(n))
	var g errgroup.Group
	for range inFlight {
		g.Go(func() error {
			for left.Add(-1) >= 0 {
				if _, err := p.call(ctx, 1); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// chunkItems is the length of the slice that BenchmarkChunks maps.
const chunkItems = 1 << 16

// BenchmarkChunks maps a slice a chunk at a time; an operation is one item.
func BenchmarkChunks(b *testing.B) {
	items := make([]int, chunkItems)
	for _, c := range peers {
		b.Run("impl="+c.name, func(b *testing.B) {
			for _, size := range []int{16, 64, 256} {
				b.Run(fmt.Sprint("chunk=", size), func(b *testing.B) {
					p := started(b, c.start, runtime.GOMAXPROCS(0))
					chunks(b, p, items, functional.Par{Workers: chunkWorkers, Chunk: size})
				})
			}
		})
	}
}

// chunkWorkers is how many chunks are in flight: more than processes, so that
// the next one is there when a process is done with one.
const chunkWorkers = 16

func chunks(b *testing.B, p peer, items []int, par functional.Par) {
	b.ReportAllocs()
	for b.Loop() {
		out, err := functional.ParMapChunks(b.Context(), items, func(ctx context.Context, chunk []int) ([]int, error) {
			return p.chunk(ctx, chunk)
		}, par)
		if err != nil {
			b.Fatal(err)
		}
		if len(out) != len(items) || out[0] != 1 {
			b.Fatal("the items are not incremented")
		}
	}
	seconds := b.Elapsed().Seconds()
	n := float64(b.N) * float64(len(items))
	b.ReportMetric(seconds*1e9/n, "ns/op")
	b.ReportMetric(n/seconds, "items/s")
}
