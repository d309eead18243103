// Contextmanager enters a context, does something inside, and leaves it again, also
// when what is done inside fails.
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
	tick := flag.Duration("tick", time.Second, "how long entering and leaving take")
	fail := flag.Bool("fail", false, "fail inside")
	flag.Parse()

	err := concurrent.Scoped(context.Background(), func(ctx context.Context, s *concurrent.Scope) error {
		fmt.Println("Entering context")
		if err := concurrent.Sleep(ctx, *tick); err != nil {
			return err
		}
		s.Defer(func(ctx context.Context) error {
			fmt.Println("Exiting context")
			return concurrent.Sleep(ctx, *tick)
		})

		fmt.Println("Inside context")
		if *fail {
			return errors.New("it was asked to fail")
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}
