// Managerlist has five processes set one item each of a list that lives in a server.
package main

import (
	"context"
	"log"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/manager"
)

// Work is what a process is told.
type Work struct {
	List  *manager.List[int]
	Index int
}

var worker = ipc.Func("worker", func(ctx context.Context, w Work) (struct{}, error) {
	return struct{}{}, w.List.Set(ctx, w.Index, w.Index*10)
})

func main() {
	ipc.Main() // in a worker process: runs its function, does not return
	flags.Parse()

	ctx := context.Background()
	m, err := manager.Start(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	list, err := manager.NewList(ctx, m, make([]int, 5))
	if err != nil {
		log.Fatal(err)
	}
	var processes []*ipc.Process[struct{}]
	for i := range 5 {
		p, err := ipc.Start(ctx, worker, Work{list, i})
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
	items, err := list.Slice(ctx, 0, -1)
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println(items)
}
