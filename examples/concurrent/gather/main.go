// Gather runs three tasks at the same time and has their results in the order of
// the tasks. If one fails the others are canceled, and none runs on by itself.
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

// start starts a task that takes so long and then returns its name. It returns when
// the task has begun: otherwise they would begin in any order.
func start(ctx context.Context, name string, duration time.Duration) *concurrent.Future[string] {
	var begun concurrent.Event
	task := concurrent.Go(ctx, func(ctx context.Context) (string, error) {
		stdout.Println("Task", name, "started")
		begun.Set()
		if err := concurrent.Sleep(ctx, duration); err != nil {
			return "", err
		}
		stdout.Println("Task", name, "finished")
		return name, nil
	})
	_ = begun.Wait(ctx)
	return task
}

func main() {
	tick := flag.Duration("tick", time.Second, "how long the shortest task takes")
	flags.Parse()

	ctx := context.Background()
	results, err := concurrent.Gather(ctx, start(ctx, "A", 2**tick), start(ctx, "B", *tick), start(ctx, "C", 3**tick))
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println(results)
}
