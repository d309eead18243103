// Contextmanager enters a context, does something inside, and leaves it again, also
// when what is done inside fails.
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
	tick := flag.Duration("tick", time.Second, "how long entering and leaving take")
	fail := flag.Bool("fail", false, "fail inside")
	flags.Parse()

	err := concurrent.Scoped(context.Background(), func(ctx context.Context, s *concurrent.Scope) error {
		stdout.Println("Entering context")
		if err := concurrent.Sleep(ctx, *tick); err != nil {
			return err
		}
		s.Defer(func(ctx context.Context) error {
			stdout.Println("Exiting context")
			return concurrent.Sleep(ctx, *tick)
		})

		stdout.Println("Inside context")
		if *fail {
			return errors.New("it was asked to fail")
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}
