// Pool squares numbers on three workers, and has the results in the order of the
// numbers.
package main

import (
	"context"
	"log"
	"slices"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/par"
)

func square(_ context.Context, n int) (int, error) { return n * n, nil }

func main() {
	flags.Parse()

	pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 3})
	defer pool.Close()

	numbers := slices.Collect(functional.Range(0, 10, 1))
	squares, err := par.Map(context.Background(), numbers, concurrent.On(pool, square), par.Options{Workers: 3})
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println(squares)
}
