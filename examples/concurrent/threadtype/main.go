// Threadtype runs a value that has a Run method: where the work has a state of its
// own.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/fanfold/fanfold/concurrent"
)

// A counter prints the numbers below n.
type counter struct{ n int }

// Run prints them, and stops early when ctx ends.
func (c counter) Run(ctx context.Context) error {
	for i := range c.n {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fmt.Println(i)
	}
	return nil
}

func main() {
	ctx := context.Background()
	task := concurrent.NewRunner(counter{5})
	task.Start(ctx)
	if err := task.Join(ctx); err != nil {
		log.Fatal(err)
	}
}
