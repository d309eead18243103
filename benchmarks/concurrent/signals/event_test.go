package signals_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
	"github.com/fanfold/fanfold/concurrent"
)

// BenchmarkEventSet waits for what has happened already. The closed channel is what
// one uses without events: where waiting is to end with a context it needs a select.
func BenchmarkEventSet(b *testing.B) {
	ctx := b.Context()
	closed := make(chan struct{})
	close(closed)
	var event concurrent.Event
	event.Set()
	b.Run("impl=closed-channel", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			<-closed
		}
	})
	b.Run("impl=closed-channel-context", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			select {
			case <-closed:
			case <-ctx.Done():
			}
		}
	})
	b.Run("impl=fanfold-isset", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !event.IsSet() {
				b.Fatal("not set")
			}
		}
	})
	b.Run("impl=fanfold-context", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := event.Wait(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEventWake sets an event that 16 goroutines wait for, and waits until all
// have seen it. The channel is closed, and made anew every time.
func BenchmarkEventWake(b *testing.B) {
	ctx := b.Context()
	const waiters = 16
	b.Run(fmt.Sprintf("waiters=%d/impl=channel-context", waiters), func(b *testing.B) {
		share.Run(b, 1, func(turns int) {
			for range turns {
				event := make(chan struct{})
				wake(waiters, func() { close(event) }, func() {
					select {
					case <-event:
					case <-ctx.Done():
					}
				})
			}
		})
	})
	b.Run(fmt.Sprintf("waiters=%d/impl=fanfold-context", waiters), func(b *testing.B) {
		share.Run(b, 1, func(turns int) {
			for range turns {
				var event concurrent.Event
				wake(waiters, event.Set, func() {
					if err := event.Wait(ctx); err != nil {
						b.Error(err)
					}
				})
			}
		})
	})
}

// wake starts the waiting goroutines, sets what they wait for when all have started,
// and returns when all have come.
func wake(waiters int, set, wait func()) {
	var started, woken sync.WaitGroup
	for range waiters {
		started.Add(1)
		woken.Go(func() {
			started.Done()
			wait()
		})
	}
	started.Wait()
	set()
	woken.Wait()
}
