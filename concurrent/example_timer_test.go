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
	fmt.Println("alarm cancelled:", alarm.Cancel())
	reminder.Start()
	_ = reminder.Join(context.Background())
	fmt.Println("reminder cancelled:", reminder.Cancel())
	// Output:
	// alarm cancelled: true
	// tea is ready
	// reminder cancelled: false
}

func ExampleEvery() {
	ctx := context.Background()
	three := concurrent.NewLatch(3)
	beat := concurrent.Every(ctx, time.Millisecond, func(context.Context) { three.CountDown() })
	_ = three.Wait(ctx)

	beat.Cancel()
	fmt.Println(beat.Join(ctx)) // nothing runs after this
	// Output: <nil>
}
