// Package share measures work that several goroutines share, and what it costs
// beside time.
package share

import (
	"sync"
	"testing"
)

// Run shares the b.N turns of a benchmark out to as many goroutines, each of which
// calls work with the number of its turns, once all are there. It returns when
// the last one has returned. Beside the time it reports that of the processors,
// which shows what spins, in ns a turn as cpu-ns/op.
func Run(b *testing.B, goroutines int, work func(turns int)) {
	b.ReportAllocs()
	begin := make(chan struct{})
	var ready, done sync.WaitGroup
	for g := range goroutines {
		turns := b.N*(g+1)/goroutines - b.N*g/goroutines
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-begin
			work(turns)
		})
	}
	ready.Wait()
	b.ResetTimer()
	before := cpu()
	close(begin)
	done.Wait()
	b.StopTimer()
	reportCPU(b, before)
}

// CPU reports as cpu-ns/op what the processors did for a turn of the benchmark
// until the returned function is called.
func CPU(b *testing.B) (stop func()) {
	before := cpu()
	return func() { reportCPU(b, before) }
}

func reportCPU(b *testing.B, before float64) {
	if spent := cpu() - before; spent > 0 {
		b.ReportMetric(spent/float64(b.N), "cpu-ns/op")
	}
}
