// Queue hands numbers from one process to another. The consumer ends when the queue is
// shut down and empty: no sentinel has to be told from an item.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// Work is what the producer is told.
type Work struct {
	Queue *shm.Queue[int]
	Tick  time.Duration
}

var producer = ipc.Func("producer", func(ctx context.Context, w Work) (struct{}, error) {
	for i := range 5 {
		if _, err := fmt.Println("Producing", i); err != nil {
			return struct{}{}, err
		}
		if err := w.Queue.Put(ctx, i); err != nil {
			return struct{}{}, err
		}
		if err := concurrent.Sleep(ctx, w.Tick); err != nil {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
})

var consumer = ipc.Func("consumer", func(ctx context.Context, q *shm.Queue[int]) (struct{}, error) {
	for item, err := range q.All(ctx) {
		if err != nil {
			return struct{}{}, err
		}
		if _, err := fmt.Println("Consuming", item); err != nil {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
})

func main() {
	ipc.Main() // in a worker process: runs its function, does not return
	tick := flag.Duration("tick", time.Second, "how long the producer rests after an item")
	flags.Parse()

	memory, err := shm.NewMemory()
	if err != nil {
		log.Fatal(err)
	}
	defer memory.Close()
	queue, err := shm.NewQueue[int](memory, 2)
	if err != nil {
		log.Fatal(err)
	}
	// If one process fails, the ctx of the other ends.
	err = concurrent.Group(context.Background(), func(ctx context.Context, g *concurrent.TaskGroup) error {
		produces, err := ipc.Start(ctx, producer, Work{queue, *tick})
		if err != nil {
			return err
		}
		consumes, err := ipc.Start(ctx, consumer, queue)
		if err != nil {
			return err
		}
		g.Go(consumes.Join)
		if err := produces.Join(ctx); err != nil {
			return err
		}
		queue.Shutdown(false) // what is in it will still be consumed
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}
