//go:build linux

package echo_test

import (
	"testing"
	"time"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
)

// The connections of BenchmarkIdle, and those that a server has had before.
const (
	idleConns = 10_000
	fewConns  = 100
)

// BenchmarkIdle measures the memory of a server per connection that has been used once. A
// program may have 20,000 descriptors on many systems.
func BenchmarkIdle(b *testing.B) {
	for _, name := range []string{"C-epoll", "fanfold", "fanfold-streams", "net", "gnet", "netpoll", "nbio", "evio", "asyncio"} {
		b.Run("impl="+name, func(b *testing.B) {
			var bytes int64
			for b.Loop() {
				bytes += idle(b, name)
			}
			b.ReportMetric(float64(bytes)/float64(b.N)/idleConns, "idle-B")
		})
	}
}

// idle returns how much larger a server is with idle connections than with few.
func idle(b *testing.B, name string) int64 {
	s := open(b, name, cell{fewConns, 64, 1})
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(name, err)
		}
	}()
	pid := s.Server.Pid()
	before := settled(b, pid)
	many, err := s.Connect(clientRole, cell{idleConns, 64, 1}.task)
	if err != nil {
		b.Fatal(err)
	}
	after := settled(b, pid)
	if err := many.Close(); err != nil {
		b.Error(err)
	}
	return after - before
}

// settled returns the memory of a process once that does not change any more.
func settled(b *testing.B, pid int) (last int64) {
	for {
		is, err := pinned.Resident(pid)
		if err != nil {
			b.Fatal(err)
		}
		if is == last {
			return is
		}
		last = is
		time.Sleep(50 * time.Millisecond)
	}
}
