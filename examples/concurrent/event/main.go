// Event keeps a worker waiting until a controller lets it go.
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

func main() {
	tick := flag.Duration("tick", time.Second, "a third of how long the controller takes")
	flags.Parse()

	var waiting, start concurrent.Event
	err := concurrent.Group(context.Background(), func(_ context.Context, g *concurrent.TaskGroup) error {
		g.Go(func(ctx context.Context) error { // the worker
			stdout.Println("Worker waiting for event to start...")
			waiting.Set()
			if err := start.Wait(ctx); err != nil {
				return err
			}
			stdout.Println("Worker started...")
			return nil
		})
		g.Go(func(ctx context.Context) error { // the controller
			if err := waiting.Wait(ctx); err != nil {
				return err
			}
			stdout.Println("Controller is starting the worker...")
			if err := concurrent.Sleep(ctx, 3**tick); err != nil {
				return err
			}
			start.Set()
			return nil
		})
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}
