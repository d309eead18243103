// Thread runs a function beside the rest of the program, and waits for it.
package main

import (
	"context"
	"log"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

func printNumbers(context.Context) (struct{}, error) {
	for i := range 5 {
		stdout.Println(i)
	}
	return struct{}{}, nil
}

func main() {
	flags.Parse()

	ctx := context.Background()
	task := concurrent.NewTask(printNumbers)
	task.Start(ctx)
	if err := task.Join(ctx); err != nil {
		log.Fatal(err)
	}
}
