// Generator ranges over numbers that are produced beside the loop. A loop that is
// left early stops the producer, and waits until it has stopped.
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
	tick := flag.Duration("tick", time.Second, "how long the producer takes for a number")
	stop := flag.Int("stop", -1, "leave the loop at this number")
	flags.Parse()

	numbers := concurrent.Generate(context.Background(), func(ctx context.Context, yield func(int) error) error {
		defer log.Println("the producer has stopped")
		for i := range 5 {
			if err := concurrent.Sleep(ctx, *tick); err != nil {
				return err
			}
			if err := yield(i); err != nil {
				return err
			}
		}
		return nil
	})
	for n, err := range numbers {
		if err != nil {
			log.Fatal(err)
		}
		stdout.Println(n)
		if n == *stop {
			break
		}
	}
}
