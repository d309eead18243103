package concurrent_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleScoped() {
	err := concurrent.Scoped(context.Background(), func(ctx context.Context, s *concurrent.Scope) error {
		for _, name := range []string{"first", "second", "third"} {
			fmt.Println("open", name)
			s.Defer(func(context.Context) error {
				fmt.Println("close", name)
				return nil
			})
		}
		return errors.New("work failed")
	})
	fmt.Println(err)
	// Output:
	// open first
	// open second
	// open third
	// close third
	// close second
	// close first
	// work failed
}

// A function that opens several things gives them back together, or, when
// something goes wrong on the way, none.
func ExampleScope_Move() {
	open := func(fail bool) (opened *concurrent.Scope, err error) {
		err = concurrent.Scoped(context.Background(), func(ctx context.Context, s *concurrent.Scope) error {
			s.Defer(func(context.Context) error { fmt.Println("log closed"); return nil })
			if fail {
				return errors.New("no data file")
			}
			s.Defer(func(context.Context) error { fmt.Println("data closed"); return nil })
			opened = s.Move()
			return nil
		})
		return opened, err
	}
	_, err := open(true)
	fmt.Println(err)
	opened, _ := open(false)
	fmt.Println("in use")
	opened.Close(context.Background())
	// Output:
	// log closed
	// no data file
	// in use
	// data closed
	// log closed
}
