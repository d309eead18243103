package pools_test

import (
	"context"
	"sync"
	"testing"

	"github.com/alitto/pond/v2"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"

	"github.com/fanfold/fanfold/concurrent"
)

// workers and queue are the measures of every pool.
const (
	workers = 8
	queue   = 1024
)

// A contender is one way of running tasks.
type contender struct {
	name string
	// open returns how to start a task. It may be called by several goroutines.
	open func(tb testing.TB) func(task func())
}

// contenders starts with the one that the others are compared with.
var contenders = []contender{
	{"go", goroutines},
	{"channel", channelPool},
	{"errgroup", limitedErrgroup},
	{"conc", conc},
	{"ants", antsPool},
	{"pond", pondPool},
	{"gammazero", gammazero},
	{"fanfold", fanfold},
}

// goroutines has no bound at all.
func goroutines(testing.TB) func(func()) {
	return func(task func()) { go task() }
}

// channelPool is the pool one writes oneself.
func channelPool(tb testing.TB) func(func()) {
	tasks := make(chan func(), queue)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for task := range tasks {
				task()
			}
		})
	}
	tb.Cleanup(func() { close(tasks); wg.Wait() })
	return func(task func()) { tasks <- task }
}

func limitedErrgroup(tb testing.TB) func(func()) {
	var g errgroup.Group
	g.SetLimit(workers)
	tb.Cleanup(func() { _ = g.Wait() })
	return func(task func()) { g.Go(func() error { task(); return nil }) }
}

func conc(tb testing.TB) func(func()) {
	p := concpool.New().WithMaxGoroutines(workers)
	tb.Cleanup(p.Wait)
	return func(task func()) { p.Go(task) }
}

func antsPool(tb testing.TB) func(func()) {
	p, err := ants.NewPool(workers)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Release)
	return func(task func()) {
		if err := p.Submit(task); err != nil {
			tb.Error(err)
		}
	}
}

func pondPool(tb testing.TB) func(func()) {
	p := pond.NewPool(workers, pond.WithQueueSize(queue))
	tb.Cleanup(p.StopAndWait)
	return func(task func()) {
		if err := p.Go(task); err != nil {
			tb.Error(err)
		}
	}
}

func gammazero(tb testing.TB) func(func()) {
	p := workerpool.New(workers)
	tb.Cleanup(p.StopWait)
	return p.Submit
}

func fanfold(tb testing.TB) func(func()) {
	p := newPool(tb)
	ctx, cancel := context.WithCancel(context.Background())
	tb.Cleanup(cancel)
	return func(task func()) {
		if err := p.Go(ctx, task); err != nil {
			tb.Error(err)
		}
	}
}

func newPool(tb testing.TB) *concurrent.Pool {
	p := concurrent.NewPool(concurrent.PoolOptions{Workers: workers, Queue: queue})
	tb.Cleanup(func() { _ = p.Close() })
	return p
}
