// Condition has a consumer wait until there is something to consume. It waits for
// that, not for a notification: one that comes before anybody waits is not missed,
// so it does not matter who runs first.
package main

import (
	"context"
	"flag"
	"log"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

const last = 4

func main() {
	tick := flag.Duration("tick", time.Second, "how long the producer rests after an item")
	flags.Parse()

	var (
		lock  concurrent.Lock
		items []int
		more  = concurrent.NewCondition(&lock)
	)
	produce := func(ctx context.Context) error {
		for i := range last + 1 {
			if err := lock.LockContext(ctx); err != nil {
				return err
			}
			items = append(items, i)
			stdout.Println("Produced", i)
			more.Notify(1)
			lock.Unlock() // before the rest: the consumer need not wait for that

			if err := concurrent.Sleep(ctx, *tick); err != nil {
				return err
			}
		}
		return nil
	}
	consume := func(ctx context.Context) error {
		if err := lock.LockContext(ctx); err != nil {
			return err
		}
		defer lock.Unlock()
		for {
			if err := more.WaitFor(ctx, func() bool { return len(items) > 0 }); err != nil {
				return err
			}
			item := items[0]
			items = items[1:]
			stdout.Println("Consumed", item)
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
