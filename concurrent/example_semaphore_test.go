package concurrent_test

import (
	"context"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

// No more than two downloads at a time.
func ExampleSemaphore() {
	slots := concurrent.NewSemaphore(2)
	var wg concurrent.WaitGroup
	for range 5 {
		wg.Go(func() {
			if err := slots.Acquire(context.Background(), 1); err != nil {
				return
			}
			defer slots.Release(1)
			time.Sleep(time.Millisecond) // the download
		})
	}
	wg.Wait()
	fmt.Println("free:", slots.Value())
	// Output: free: 2
}

// Permits can stand for anything that is counted: here for megabytes.
func ExampleSemaphore_TryAcquire() {
	memory := concurrent.NewSemaphore(100)
	fmt.Println(memory.TryAcquire(80))
	fmt.Println(memory.TryAcquire(80))
	memory.Release(80)
	fmt.Println(memory.TryAcquire(80))
	// Output:
	// true
	// false
	// true
}

func ExampleBoundedSemaphore() {
	connections := concurrent.NewBoundedSemaphore(2)
	ctx := context.Background()
	fmt.Println(connections.Acquire(ctx, 2))
	fmt.Println(connections.Acquire(ctx, 3))
	connections.Release(2)

	defer func() { fmt.Println(recover()) }()
	connections.Release(1)
	// Output:
	// <nil>
	// concurrent: 3 permits wanted of a semaphore of 2
	// concurrent: BoundedSemaphore released more often than acquired
}

// The server allows fewer connections from now on. Those that are open stay; none
// is added until enough have been closed.
func ExampleBoundedSemaphore_Resize() {
	connections := concurrent.NewBoundedSemaphore(10)
	fmt.Println(connections.TryAcquire(8))
	connections.Resize(5)
	connections.Release(3)
	fmt.Println(connections.TryAcquire(1))
	connections.Release(1)
	fmt.Println(connections.TryAcquire(1))
	// Output:
	// true
	// false
	// true
}
