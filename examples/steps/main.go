// Steps maps a function over all cores, kills it in a process when it does not
// end, and goes on: the program on the first screen of the README.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
)

// steps counts how often n is halved or tripled until it is 1. From 0 it never ends.
func steps(_ context.Context, n int) (count int, err error) {
	for ; n != 1; count++ {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
	}
	return count, nil
}

var Steps = ipc.Func("steps", steps) // the same function, for other processes

func main() {
	ipc.Main() // first: a worker process is this program, started again
	ctx := context.Background()
	fmt.Println(par.Map(ctx, []int{1, 7, 27, 97}, steps)) // on all cores

	pool, err := ipc.NewPool(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	limited, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	fmt.Println(Steps.On(pool)(limited, 0)) // its process is killed, and replaced

	_, err = fmt.Println(par.Map(ctx, []int{1, 7, 27, 97}, Steps.On(pool))) // on all processes
	if err != nil {
		log.Fatal(err) // nothing can be printed
	}
}
