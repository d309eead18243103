// Rlock takes one lock again and again on the way down a recursion. Who owns it is
// said by the context, not by a goroutine's id.
package main

import (
	"context"
	"log"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

var lock concurrent.RLock

func recurse(ctx context.Context, n int) error {
	return lock.Do(ctx, func(ctx context.Context) error {
		if n == 0 {
			return nil
		}
		stdout.Println("Recursion level", n)
		return recurse(ctx, n-1)
	})
}

func main() {
	flags.Parse()

	ctx := context.Background()
	done := concurrent.Go(ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, recurse(ctx, 5)
	})
	if _, err := done.Result(ctx); err != nil {
		log.Fatal(err)
	}
}
