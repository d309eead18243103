package concurrent_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleWaitGroup() {
	squares := make([]int, 5)
	var wg concurrent.WaitGroup
	for i := range squares {
		wg.Go(func() { squares[i] = i * i })
	}
	wg.Wait()
	fmt.Println(squares)
	// Output: [0 1 4 9 16]
}

func ExampleWaitGroup_WaitContext() {
	ctx, hurry := context.WithCancelCause(context.Background())
	var wg concurrent.WaitGroup
	finish := make(chan bool)
	wg.Go(func() { <-finish })

	hurry(errors.New("no time left"))
	fmt.Println(wg.WaitContext(ctx))

	close(finish)
	fmt.Println(wg.WaitContext(context.Background()))
	// Output:
	// no time left
	// <nil>
}
