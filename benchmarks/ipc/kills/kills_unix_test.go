//go:build unix

package kills_test

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/fanfold/fanfold/benchmarks/internal/workers"
	"github.com/fanfold/fanfold/ipc"
)

// patience bounds whatever should have happened long ago.
const patience = 20 * time.Second

// with returns all kinds and a pool with other options.
func with(name string, options ipc.PoolOptions) []workers.Kind {
	return append(slices.Clone(workers.Kinds), workers.Kind{
		Name: name, Ours: true,
		Start: func(n int) (workers.Peer, error) {
			options.Workers = n
			return workers.StartPool(options)
		},
	})
}

// BenchmarkKill kills the process of a call that runs.
func BenchmarkKill(b *testing.B) {
	for _, until := range []string{"error", "answer"} {
		b.Run("until="+until, func(b *testing.B) {
			for _, k := range with("fanfold-spare", ipc.PoolOptions{Spare: 1}) {
				b.Run("impl="+k.Name, func(b *testing.B) { kill(b, k, until == "answer") })
			}
		})
	}
}

func kill(b *testing.B, k workers.Kind, answer bool) {
	var times []time.Duration
	p := workers.MustStart(b, k, 1)
	for b.Loop() {
		b.StopTimer()
		failed := make(chan error, 1)
		before := map[int]time.Duration{}
		for _, pid := range p.Pids() {
			before[pid] = workers.Busy(pid)
		}
		go func() { failed <- p.Spin(context.Background()) }()
		pid := spinning(b, p, before)

		b.StartTimer()
		start := time.Now()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			b.Fatal(err)
		}
		select {
		case err := <-failed:
			if err == nil {
				b.Fatal("the endless function has returned")
			}
		case <-time.After(patience):
			b.Fatal("the caller has no error")
		}
		took := time.Since(start)
		if !k.Ours {
			if !answer {
				b.StopTimer()
			}
			if err := p.Close(); err != nil {
				b.Fatal(err)
			}
			p = workers.MustStart(b, k, 1) // it answers a call
			b.StartTimer()
		} else {
			if !answer {
				b.StopTimer()
			}
			workers.Check(b, p)
			b.StartTimer()
		}
		if answer {
			took = time.Since(start)
		}
		times = append(times, took)
	}
	report(b, times)
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
}

// spinning returns the process that runs the endless function, once it does: once it
// has been busy for longer than a call takes to arrive, or a process to start.
func spinning(b *testing.B, p workers.Peer, before map[int]time.Duration) int {
	const arriving, starting = time.Millisecond, 6 * time.Millisecond
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(100 * time.Microsecond) {
		pid := p.Pids()[0]
		idle, known := before[pid]
		if !known {
			idle = starting
		}
		if workers.Busy(pid) > idle+arriving {
			return pid
		}
	}
	b.Fatal("the function does not run")
	return 0
}

// BenchmarkDeadline calls the endless function with a deadline, and measures from
// that until the caller has its error: until the process is dead, that is, since
// nothing else ends the function.
func BenchmarkDeadline(b *testing.B) {
	for _, after := range []time.Duration{10 * time.Millisecond, 100 * time.Millisecond} {
		b.Run("after="+after.String(), func(b *testing.B) {
			for _, k := range with("fanfold-graceless", ipc.PoolOptions{Launch: ipc.Launch{Grace: -1}}) {
				b.Run("impl="+k.Name, func(b *testing.B) { overrun(b, k, after) })
			}
		})
	}
}

func overrun(b *testing.B, k workers.Kind, after time.Duration) {
	var times []time.Duration
	p := workers.MustStart(b, k, 1)
	for b.Loop() {
		deadline := time.Now().Add(after)
		ctx, cancel := context.WithDeadline(b.Context(), deadline)
		err := p.Spin(ctx)
		times = append(times, time.Since(deadline))
		cancel()
		if err == nil {
			b.Fatal("the endless function has returned")
		}
		if !k.Ours {
			if err := p.Close(); err != nil {
				b.Fatal(err)
			}
			p = workers.MustStart(b, k, 1)
		}
		workers.Check(b, p)
	}
	report(b, times)
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
}

// report reports the median of some times as that of an operation, and the longest.
func report(b *testing.B, times []time.Duration) {
	if len(times) == 0 {
		b.Fatal(errors.New("nothing was measured"))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2]), "ns/op")
	b.ReportMetric(float64(times[len(times)-1]), "max-ns/op")
}
