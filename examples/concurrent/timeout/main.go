// Timeout waits for a task no longer than it has time, and goes on only when the
// task has really stopped.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

func main() {
	tick := flag.Duration("tick", time.Second, "a fifth of what the task would take; it has three")
	flag.Parse()

	long := concurrent.Go(context.Background(), func(ctx context.Context) (string, error) {
		if err := concurrent.Sleep(ctx, 5**tick); err != nil {
			return "", err
		}
		return "Finished", nil
	})

	ctx, cancel := context.WithTimeout(context.Background(), 3**tick)
	defer cancel()
	result, err := concurrent.WaitFor(ctx, long)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("Task timed out")
		log.Println("the task is", long.State()) // it does not run on
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println(result)
	}
}
