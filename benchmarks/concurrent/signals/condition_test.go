package signals_test

import (
	"context"
	"sync"
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
	"github.com/fanfold/fanfold/concurrent"
)

// BenchmarkCondition: two goroutines wake each other in turns. An operation is a
// turn of both.
func BenchmarkCondition(b *testing.B) {
	ctx := b.Context()
	b.Run("impl=sync.Cond", func(b *testing.B) {
		var mu sync.Mutex
		cond := [2]*sync.Cond{sync.NewCond(&mu), sync.NewCond(&mu)}
		volley(b, &mu, func(i int) { cond[i].Wait() }, func(i int) { cond[i].Signal() })
	})
	b.Run("impl=sync.Cond+AfterFunc-context", func(b *testing.B) {
		var mu sync.Mutex
		cond := [2]*sync.Cond{sync.NewCond(&mu), sync.NewCond(&mu)}
		wait := func(i int) {
			// As the documentation of context.AfterFunc shows it.
			stop := context.AfterFunc(ctx, func() {
				mu.Lock()
				defer mu.Unlock()
				cond[i].Broadcast()
			})
			defer stop()
			cond[i].Wait()
		}
		volley(b, &mu, wait, func(i int) { cond[i].Signal() })
	})
	fanfold := func(b *testing.B, ctx context.Context) {
		var lock concurrent.Lock
		cond := [2]*concurrent.Condition{concurrent.NewCondition(&lock), concurrent.NewCondition(&lock)}
		wait := func(i int) {
			if err := cond[i].Wait(ctx); err != nil {
				b.Error(err)
			}
		}
		volley(b, &lock, wait, func(i int) { cond[i].Notify(1) })
	}
	b.Run("impl=fanfold", func(b *testing.B) { fanfold(b, context.Background()) })
	b.Run("impl=fanfold-context", func(b *testing.B) { fanfold(b, ctx) })
}

// volley has two players, each of whom waits for its turn and then gives it to the
// other.
func volley(b *testing.B, lock sync.Locker, wait, notify func(player int)) {
	turn := 0
	play := func(me, turns int) {
		lock.Lock()
		for range turns {
			for turn != me {
				wait(me)
			}
			turn = 1 - me
			notify(1 - me)
		}
		lock.Unlock()
	}
	share.Run(b, 1, func(turns int) {
		var other sync.WaitGroup
		other.Go(func() { play(1, turns) })
		play(0, turns)
		other.Wait()
	})
}
