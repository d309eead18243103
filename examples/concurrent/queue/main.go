// Queue hands items from a producer to a consumer. The consumer ends when the queue
// is shut down and empty: no sentinel has to be told from an item, and none has to
// be sent once for each consumer.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

func main() {
	tick := flag.Duration("tick", time.Second, "how long the producer rests after an item")
	flags.Parse()

	items := concurrent.NewQueue[string](2)
	err := concurrent.Group(context.Background(), func(ctx context.Context, g *concurrent.TaskGroup) error {
		g.Go(func(ctx context.Context) error {
			for item, err := range items.All(ctx) {
				if err != nil {
					return err
				}
				stdout.Println("Consumed", item)
			}
			return nil
		})

		defer items.Shutdown(false) // what is in it will still be consumed
		for i := range 5 {
			item := fmt.Sprintf("item-%d", i)
			stdout.Println("Produced", item)
			if err := items.Put(ctx, item); err != nil {
				return err
			}
			if err := concurrent.Sleep(ctx, *tick); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}
