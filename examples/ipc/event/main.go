// Event has one process wait until another one sets an event.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

var waitForEvent = ipc.Func("wait_for_event", func(ctx context.Context, e *shm.Event) (struct{}, error) {
	if _, err := fmt.Println("wait_for_event: waiting for event to start"); err != nil {
		return struct{}{}, err
	}
	if err := e.Wait(ctx); err != nil {
		return struct{}{}, err
	}
	_, err := fmt.Println("wait_for_event: event received, continuing")
	return struct{}{}, err
})

var startEvent = ipc.Func("start_event", func(ctx context.Context, e *shm.Event) (struct{}, error) {
	if _, err := fmt.Println("start_event: sleeping before starting event"); err != nil {
		return struct{}{}, err
	}
	time.Sleep(300 * time.Millisecond)
	e.Set()
	return struct{}{}, nil
})

func main() {
	ipc.Main() // in a worker process: runs its function, does not return
	flags.Parse()

	ctx := context.Background()
	memory, err := shm.NewMemory()
	if err != nil {
		log.Fatal(err)
	}
	defer memory.Close()
	event, err := shm.NewEvent(memory)
	if err != nil {
		log.Fatal(err)
	}
	waits, err := ipc.Start(ctx, waitForEvent, event)
	if err != nil {
		log.Fatal(err)
	}
	starts, err := ipc.Start(ctx, startEvent, event)
	if err != nil {
		log.Fatal(err)
	}
	if err := starts.Join(ctx); err != nil {
		log.Fatal(err)
	}
	if err := waits.Join(ctx); err != nil {
		log.Fatal(err)
	}
}
