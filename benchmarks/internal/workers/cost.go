package workers

import (
	"testing"
	"time"
)

// CPU reports as cpu-ns/op what the processors spent on this process and on those of
// p for an operation, of which a turn of b has so many, from now until the returned
// function is called.
func CPU(b *testing.B, p Peer, operations int) (stop func()) {
	before := spent(p)
	return func() {
		if d := spent(p) - before; d > 0 {
			b.ReportMetric(float64(d)/float64(b.N)/float64(operations), "cpu-ns/op")
		}
	}
}

func spent(p Peer) time.Duration {
	sum := used()
	for _, pid := range p.Pids() {
		sum += Busy(pid)
	}
	return sum
}

// Memory reports the memory of a process of p as worker-B, and how much of that it
// shares neither with another process nor with the program's file, as own-B.
func Memory(b *testing.B, p Peer) {
	for _, pid := range p.Pids()[:1] {
		if all, own := memory(pid); all > 0 {
			b.ReportMetric(all, "worker-B")
			b.ReportMetric(own, "own-B")
		}
	}
}
