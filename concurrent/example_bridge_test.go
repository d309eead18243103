package concurrent_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleFromChan() {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	ticks := make(chan int, 3)
	ticks <- 1
	ticks <- 2
	for tick, err := range concurrent.FromChan(ctx, ticks) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(tick)
		if tick == 2 {
			cancel(fmt.Errorf("that was enough"))
		}
	}
	// Output:
	// 1
	// 2
	// that was enough
}

func ExampleToChan() {
	words := make(chan string)
	go func() {
		defer close(words)
		concurrent.ToChan(context.Background(), strings.FieldsSeq("to whom it may concern"), words)
	}()
	for word := range words {
		fmt.Print(word, ".")
	}
	fmt.Println()
	// Output: to.whom.it.may.concern.
}

func ExampleQueue_PutSeq() {
	queue := concurrent.NewQueue[int](2)
	queue.TryPut(0)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(fmt.Errorf("no time"))
	fmt.Println(queue.PutSeq(ctx, slices.Values([]int{1, 2})))
	fmt.Println(queue.PutSeq(context.Background(), slices.Values([]int{1})))
	fmt.Println(queue.Len())
	// Output:
	// 0 no time
	// 1 <nil>
	// 2
}
