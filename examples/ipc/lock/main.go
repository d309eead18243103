// Lock has two processes count in one number, each of them a hundred thousand times, under
// one lock.
package main

import (
	"context"
	"log"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// Shared is what the processes share.
type Shared struct {
	Lock    *shm.Lock
	Counter *shm.Array[int] // of one item
}

var increment = ipc.Func("increment", func(ctx context.Context, s Shared) (struct{}, error) {
	for range 100_000 {
		if err := s.Lock.LockContext(ctx); err != nil {
			return struct{}{}, err
		}
		s.Counter.Slice()[0]++
		s.Lock.Unlock()
	}
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
	var s Shared
	if s.Lock, err = shm.NewLock(memory); err != nil {
		log.Fatal(err)
	}
	if s.Counter, err = shm.NewArray[int](memory, 1); err != nil {
		log.Fatal(err)
	}
	var processes []*ipc.Process[struct{}]
	for range 2 {
		p, err := ipc.Start(ctx, increment, s)
		if err != nil {
			log.Fatal(err)
		}
		processes = append(processes, p)
	}
	for _, p := range processes {
		if err := p.Join(ctx); err != nil {
			log.Fatal(err)
		}
	}
	stdout.Println(s.Counter.Slice()[0])
}
