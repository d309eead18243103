// Sharedvalue has two processes add one to a number and to each item of an array.
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
	Value *shm.Number[int]
	Array *shm.Array[int]
}

var increment = ipc.Func("increment", func(_ context.Context, s Shared) (struct{}, error) {
	s.Value.Add(1) // in one step, unlike val.value += 1
	for i := range s.Array.Len() {
		shm.AddAt(s.Array, i, 1)
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
	if s.Value, err = shm.NewNumber(memory, 0); err != nil {
		log.Fatal(err)
	}
	if s.Array, err = shm.NewArrayOf(memory, []int{1, 2, 3, 4}); err != nil {
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
	stdout.Println(s.Value.Load())
	stdout.Println(s.Array.Slice())
}
