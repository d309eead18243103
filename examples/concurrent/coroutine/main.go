// Coroutine pauses between two lines, twice. A function that may wait is a function
// like any other in Go; the context is what can end its waiting.
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

// say prints two words with a pause between them.
func say(ctx context.Context, first, second string, pause time.Duration) error {
	stdout.Println(first)
	if err := concurrent.Sleep(ctx, pause); err != nil {
		return err
	}
	stdout.Println(second)
	return nil
}

func main() {
	tick := flag.Duration("tick", time.Second, "how long a pause is")
	flags.Parse()

	ctx := context.Background()
	if err := say(ctx, "Hello", "World", *tick); err != nil {
		log.Fatal(err)
	}
	if err := say(ctx, "Start", "End", *tick); err != nil {
		log.Fatal(err)
	}
}
