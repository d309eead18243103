package concurrent_test

import (
	"context"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleEvent() {
	var ready concurrent.Event
	settings := ""
	go func() {
		settings = "loaded"
		ready.Set()
	}()
	if err := ready.Wait(context.Background()); err != nil {
		fmt.Println("failed:", err)
	}
	fmt.Println(settings)
	// Output: loaded
}

// A deadline is a property of the context.
func ExampleEvent_Wait() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	var never concurrent.Event
	fmt.Println(never.Wait(ctx))
	// Output: context deadline exceeded
}
