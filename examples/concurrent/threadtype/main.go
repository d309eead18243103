// Threadtype runs a value that has a Run method: where the work has a state of its
// own.
package main

import (
	"context"
	"log"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

// A counter prints the numbers below n.
type counter struct{ n int }

// Run prints them, and stops early when ctx ends.
func (c counter) Run(ctx context.Context) error {
	for i := range c.n {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		stdout.Println(i)
	}
	return nil
}

func main() {
	flags.Parse()

	ctx := context.Background()
	task := concurrent.NewRunner(counter{5})
	task.Start(ctx)
	if err := task.Join(ctx); err != nil {
		log.Fatal(err)
	}
}
