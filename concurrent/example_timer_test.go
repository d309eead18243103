package concurrent_test

import (
	"context"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleTimer() {
	reminder := concurrent.NewTimer(time.Millisecond, func() { fmt.Println("tea is ready") })
	alarm := concurrent.NewTimer(time.Hour, func() { fmt.Println("fire") })

	alarm.Start()
	fmt.Println("alarm canceled:", alarm.Cancel())
	reminder.Start()
	_ = reminder.Join(context.Background())
	fmt.Println("reminder canceled:", reminder.Cancel())
	// Output:
	// alarm canceled: true
	// tea is ready
	// reminder canceled: false
}

func ExampleEvery() {
	ctx := context.Background()
	beats := concurrent.NewQueue[time.Time](8)
	beat := concurrent.Every(ctx, time.Millisecond, func(context.Context) { _ = beats.TryPut(time.Now()) })
	for range 3 {
		_, _ = beats.Get(ctx)
	}

	beat.Cancel()
	fmt.Println(beat.Join(ctx)) // nothing runs after this
	// Output: <nil>
}
