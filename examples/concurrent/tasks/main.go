// Tasks starts two tasks and waits for one after the other; meanwhile both run.
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

// work returns a function that takes so long.
func work(name string, duration time.Duration, begun func()) func(context.Context) (struct{}, error) {
	return func(ctx context.Context) (struct{}, error) {
		stdout.Println("Task", name, "started")
		begun()
		if err := concurrent.Sleep(ctx, duration); err != nil {
			return struct{}{}, err
		}
		stdout.Println("Task", name, "finished")
		return struct{}{}, nil
	}
}

func main() {
	a := flag.Duration("a", 2*time.Second, "how long task A takes")
	b := flag.Duration("b", time.Second, "how long task B takes")
	flags.Parse()

	ctx := context.Background()
	var begun concurrent.Event
	first := concurrent.Go(ctx, work("A", *a, begun.Set))
	_ = begun.Wait(ctx) // goroutines begin in any order: this one first
	second := concurrent.Go(ctx, work("B", *b, func() {}))
	for _, task := range []*concurrent.Future[struct{}]{first, second} {
		if _, err := task.Result(ctx); err != nil {
			log.Fatal(err)
		}
	}
}
