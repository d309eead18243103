package ipc_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fanfold/fanfold/benchmarks/internal/workers"
	"github.com/fanfold/fanfold/functional/par"
)

// kept are the kinds whose processes stay between calls.
func kept(yield func(workers.Kind) bool) {
	for _, k := range workers.Kinds {
		if !k.EachCall && !yield(k) {
			return
		}
	}
}

// applyFloor is what a call costs that is none: two processes wake each other.
var applyFloor func(*testing.B)

// BenchmarkApply makes one call at a time. It also reports what a worker that has
// nothing to do takes of the memory.
func BenchmarkApply(b *testing.B) {
	if applyFloor != nil {
		b.Run("impl=bare-futex", applyFloor)
	}
	for _, k := range workers.Kinds {
		b.Run("impl="+k.Name, func(b *testing.B) {
			p := workers.Started(b, k, 1)
			b.ReportAllocs()
			stop := workers.CPU(b, p, 1)
			for b.Loop() {
				if _, err := p.Add(b.Context(), 1); err != nil {
					b.Fatal(err)
				}
			}
			stop()
			if !k.EachCall {
				workers.Memory(b, p)
			}
		})
	}
}

// BenchmarkCalls makes calls from many goroutines; an operation is one call.
func BenchmarkCalls(b *testing.B) {
	for k := range kept {
		b.Run("impl="+k.Name, func(b *testing.B) {
			for _, inFlight := range []int{1, 64, 256} {
				b.Run(fmt.Sprint("inflight=", inFlight), func(b *testing.B) {
					many(b, k, runtime.GOMAXPROCS(0), inFlight)
				})
			}
		})
	}
}

// BenchmarkWidth makes 256 calls at a time to pools of different size.
func BenchmarkWidth(b *testing.B) {
	for k := range kept {
		if !k.Ours {
			continue
		}
		b.Run("impl="+k.Name, func(b *testing.B) {
			for _, n := range []int{1, 2, 4} {
				b.Run(fmt.Sprint("workers=", n), func(b *testing.B) { many(b, k, n, 256) })
			}
		})
	}
}

// started returns a peer with so many processes, if it can have them: a pool starts
// them when there is work for them.
func started(b *testing.B, k workers.Kind, n int) workers.Peer {
	p := workers.Started(b, k, n)
	for deadline := time.Now().Add(5 * time.Second); k.Ours && len(p.Pids()) < n; {
		if err := calls(b.Context(), p, 100*n, 10*n); err != nil {
			b.Fatal(err)
		}
		if time.Now().After(deadline) {
			b.Fatalf("%d workers of %d have started", len(p.Pids()), n)
		}
	}
	return p
}

// many makes b.N calls, inFlight at a time: goroutines share them, since b.Loop
// belongs to one.
func many(b *testing.B, k workers.Kind, n, inFlight int) {
	p := started(b, k, n)
	b.ReportAllocs()
	b.ResetTimer()
	stop := workers.CPU(b, p, 1)
	if err := calls(b.Context(), p, b.N, inFlight); err != nil {
		b.Fatal(err)
	}
	stop()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// calls makes n calls from inFlight goroutines and returns an error of one.
func calls(ctx context.Context, p workers.Peer, n, inFlight int) error {
	var left atomic.Int64
	left.Store(int64(n))
	var g errgroup.Group
	for range inFlight {
		g.Go(func() error {
			for left.Add(-1) >= 0 {
				if _, err := p.Add(ctx, 1); err != nil {
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
	for k := range kept {
		b.Run("impl="+k.Name, func(b *testing.B) {
			for _, size := range []int{16, 64, 256, 1000, 8192} {
				b.Run(fmt.Sprint("chunk=", size), func(b *testing.B) {
					p := started(b, k, runtime.GOMAXPROCS(0))
					chunks(b, p, items, par.Options{Workers: chunkWorkers, Chunk: size})
				})
			}
		})
	}
}

// chunkWorkers is how many chunks are in flight: more than processes, so that
// the next one is there when a process is done with one.
const chunkWorkers = 16

func chunks(b *testing.B, p workers.Peer, items []int, options par.Options) {
	b.ReportAllocs()
	stop := workers.CPU(b, p, len(items))
	for b.Loop() {
		out, err := par.MapChunks(b.Context(), items, p.AddAll, options)
		if err != nil {
			b.Fatal(err)
		}
		if len(out) != len(items) || out[0] != 1 {
			b.Fatal("the items are not incremented")
		}
	}
	stop()
	seconds := b.Elapsed().Seconds()
	n := float64(b.N) * float64(len(items))
	b.ReportMetric(seconds*1e9/n, "ns/op")
	b.ReportMetric(n/seconds, "items/s")
}
