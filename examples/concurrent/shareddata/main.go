// Shareddata passes items through a slice that a lock guards. A semaphore counts
// them, so that the consumer sleeps while there are none instead of looking at the
// slice over and over.
package main

import (
	"context"
	"log"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

const last = 4

func main() {
	flags.Parse()

	var (
		lock   concurrent.Lock
		shared []int
		filled concurrent.Semaphore
	)
	produce := func(ctx context.Context) error {
		for i := range last + 1 {
			if err := lock.LockContext(ctx); err != nil {
				return err
			}
			shared = append(shared, i)
			stdout.Println("Produced", i)
			lock.Unlock()
			filled.Release(1)
		}
		return nil
	}
	consume := func(ctx context.Context) error {
		for {
			if err := filled.Acquire(ctx, 1); err != nil {
				return err
			}
			if err := lock.LockContext(ctx); err != nil {
				return err
			}
			item := shared[0]
			shared = shared[1:]
			stdout.Println("Consumed", item)
			lock.Unlock()
			if item == last {
				return nil
			}
		}
	}
	err := concurrent.Group(context.Background(), func(_ context.Context, g *concurrent.TaskGroup) error {
		g.Go(produce)
		g.Go(consume)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}
