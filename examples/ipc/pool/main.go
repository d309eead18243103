// Pool squares numbers in four processes, and has the results in the order of the
// numbers.
package main

import (
	"context"
	"log"
	"slices"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
)

var square = ipc.Func("square", func(_ context.Context, x int) (int, error) { return x * x, nil })

func main() {
	ipc.Main() // in a worker process: serves calls, does not return
	flags.Parse()

	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 4})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()

	numbers := slices.Collect(functional.Range(0, 10, 1))
	results, err := par.Map(context.Background(), numbers, square.On(pool), par.Options{Workers: 4})
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println(results)
}
