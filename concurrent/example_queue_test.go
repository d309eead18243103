package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/fanfold/fanfold/concurrent"
)

// Workers share the items, and Join waits until all of them are done.
func ExampleQueue() {
	ctx := context.Background()
	numbers := concurrent.NewQueue[int](10)
	var mu sync.Mutex
	var wg sync.WaitGroup
	sum := 0
	for range 3 {
		wg.Go(func() {
			for n, err := range numbers.All(ctx) {
				if err != nil {
					return
				}
				mu.Lock()
				sum += n
				mu.Unlock()
				numbers.TaskDone()
			}
		})
	}
	for n := range 100 {
		numbers.Put(ctx, n)
	}
	numbers.Join(ctx)
	fmt.Println(sum)

	numbers.Shutdown(false) // ends the loops of the workers
	wg.Wait()
	fmt.Println(numbers.Put(ctx, 100))
	// Output:
	// 4950
	// concurrent: item not put: closed
}

// A put that fails gives the item back.
func ExamplePutError() {
	jobs := concurrent.NewQueue[string](1)
	jobs.Shutdown(false)
	err := jobs.Put(context.Background(), "write the report")
	if e, ok := errors.AsType[*concurrent.PutError[string]](err); ok {
		fmt.Println("left to do:", e.Item)
	}
	fmt.Println(errors.Is(err, concurrent.ErrClosed))
	// Output:
	// left to do: write the report
	// true
}

// Ready makes a queue one of several things to wait for.
func ExampleQueue_Ready() {
	jobs := concurrent.NewQueue[string](-1)
	stop := make(chan bool)
	jobs.TryPut("a job")
	for stopped := false; !stopped; {
		select {
		case <-jobs.Ready():
			job, err := jobs.TryGet()
			if errors.Is(err, concurrent.ErrEmpty) {
				continue // another goroutine was faster
			}
			fmt.Println(job)
			close(stop)
		case <-stop:
			stopped = true
		}
	}
	// Output: a job
}

// GetMany takes what is there, so that one write to a file or a database can
// serve many items.
func ExampleQueue_GetMany() {
	ctx := context.Background()
	lines := concurrent.NewQueue[string](100)
	lines.PutAll(ctx, []string{"one", "two", "three", "four"})
	batch := make([]string, 3)
	for lines.Len() > 0 {
		n, err := lines.GetMany(ctx, batch)
		if err != nil {
			break
		}
		fmt.Println(batch[:n])
	}
	// Output:
	// [one two three]
	// [four]
}

func ExampleNewLifoQueue() {
	ctx := context.Background()
	undo := concurrent.NewLifoQueue[string](100)
	undo.PutAll(ctx, []string{"typed a word", "made it bold"})
	last, _ := undo.Get(ctx)
	fmt.Println("undo:", last)
	// Output: undo: made it bold
}

func ExampleNewPriorityQueue() {
	type job struct {
		priority int
		name     string
	}
	jobs := concurrent.NewPriorityQueue(100, func(a, b job) int { return a.priority - b.priority })
	jobs.PutAll(context.Background(), []job{{2, "sweep"}, {1, "answer the door"}, {2, "cook"}})
	jobs.Shutdown(false)
	for j := range jobs.All(context.Background()) {
		fmt.Println(j.name)
	}
	// Output:
	// answer the door
	// sweep
	// cook
}

// A queue without a bound is never full: putting never waits.
func ExampleNewQueue_unbounded() {
	events := concurrent.NewQueue[string](-1)
	events.TryPut("opened")
	events.TryPut("closed")
	events.Shutdown(false)
	for e := range events.All(context.Background()) {
		fmt.Println(e)
	}
	// Output:
	// opened
	// closed
}
