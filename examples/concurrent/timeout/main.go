// Timeout waits for a task no longer than it has time, and goes on only when the
// task has really stopped.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

func main() {
	takes := flag.Duration("takes", 5*time.Second, "how long the task would take")
	limit := flag.Duration("limit", 3*time.Second, "how long it has")
	flags.Parse()

	long := concurrent.Go(context.Background(), func(ctx context.Context) (string, error) {
		if err := concurrent.Sleep(ctx, *takes); err != nil {
			return "", err
		}
		return "Finished", nil
	})

	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	result, err := concurrent.Await(ctx, long)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		stdout.Println("Task timed out")
		log.Println("the task is", long.State()) // it does not run on
	case err != nil:
		log.Fatal(err)
	default:
		stdout.Println(result)
	}
}
