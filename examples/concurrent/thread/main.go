// Thread runs a function beside the rest of the program, and waits for it.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/fanfold/fanfold/concurrent"
)

func printNumbers(context.Context) (struct{}, error) {
	for i := range 5 {
		fmt.Println(i)
	}
	return struct{}{}, nil
}

func main() {
	ctx := context.Background()
	task := concurrent.NewTask(printNumbers)
	task.Start(ctx)
	if err := task.Join(ctx); err != nil {
		log.Fatal(err)
	}
}
