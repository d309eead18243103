package sleepers_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/alitto/pond/v2"
	"github.com/panjf2000/ants/v2"
	"golang.org/x/sync/errgroup"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
	"github.com/fanfold/fanfold/concurrent"
)

const (
	tasks   = 1_000_000
	workers = 200_000
	nap     = 10 * time.Millisecond
)

// BenchmarkSleepers has a pool made, run all tasks and closed.
func BenchmarkSleepers(b *testing.B) {
	for _, c := range []struct {
		name string
		run  func(tb testing.TB, task func())
	}{
		{"go", goroutines},
		{"channel", channelPool},
		{"errgroup", limitedErrgroup},
		{"ants", antsPool},
		{"pond", pondPool},
		{"fanfold", fanfold},
	} {
		b.Run("impl="+c.name, func(b *testing.B) {
			b.ReportAllocs()
			memory := share.Peak(b)
			processors := share.CPU(b)
			for b.Loop() {
				var wg sync.WaitGroup
				wg.Add(tasks)
				c.run(b, func() {
					time.Sleep(nap)
					wg.Done()
				})
				wg.Wait()
			}
			processors()
			memory()
		})
	}
}

// goroutines has no bound: so many of them may sleep.
func goroutines(_ testing.TB, task func()) {
	for range tasks {
		go task()
	}
}

// channelPool starts all of its workers, since it cannot know better.
func channelPool(_ testing.TB, task func()) {
	queue := make(chan func())
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for task := range queue {
				task()
			}
		})
	}
	for range tasks {
		queue <- task
	}
	close(queue)
	wg.Wait()
}

func limitedErrgroup(_ testing.TB, task func()) {
	var g errgroup.Group
	g.SetLimit(workers)
	for range tasks {
		g.Go(func() error { task(); return nil })
	}
	_ = g.Wait()
}

func antsPool(tb testing.TB, task func()) {
	p, err := ants.NewPool(workers)
	if err != nil {
		tb.Fatal(err)
	}
	for range tasks {
		if err := p.Submit(task); err != nil {
			tb.Fatal(err)
		}
	}
	if err := p.ReleaseTimeout(time.Minute); err != nil {
		tb.Error(err)
	}
}

func pondPool(tb testing.TB, task func()) {
	p := pond.NewPool(workers, pond.WithQueueSize(1024))
	for range tasks {
		if err := p.Go(task); err != nil {
			tb.Fatal(err)
		}
	}
	p.StopAndWait()
}

func fanfold(tb testing.TB, task func()) {
	p := concurrent.NewPool(concurrent.PoolOptions{Workers: workers})
	for range tasks {
		if err := p.Go(context.Background(), task); err != nil {
			tb.Fatal(err)
		}
	}
	if err := p.Shutdown(context.Background()); err != nil {
		tb.Error(err)
	}
}
