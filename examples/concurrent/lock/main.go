// Lock lets two tasks count together without losing a step. Waiting for the lock
// ends with the context, which a sync.Mutex cannot do.
package main

import (
	"context"
	"log"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

func main() {
	flags.Parse()

	var (
		lock    concurrent.Lock
		counter int
	)
	increment := func(ctx context.Context) error {
		for range 100_000 {
			if err := lock.LockContext(ctx); err != nil {
				return err
			}
			counter++
			lock.Unlock()
		}
		return nil
	}
	err := concurrent.Group(context.Background(), func(_ context.Context, g *concurrent.TaskGroup) error {
		g.Go(increment)
		g.Go(increment)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println(counter)
}
