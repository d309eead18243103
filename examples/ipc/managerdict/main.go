// Managerdict has five processes set one entry each of a dictionary that lives in a server.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/manager"
)

// Work is what a process is told.
type Work struct {
	Dict  *manager.Dict[string, int]
	Key   string
	Value int
}

var worker = ipc.Func("worker", func(ctx context.Context, w Work) (struct{}, error) {
	return struct{}{}, w.Dict.Set(ctx, w.Key, w.Value)
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
	dict, err := manager.NewDict[string, int](ctx, m, nil)
	if err != nil {
		log.Fatal(err)
	}
	var processes []*ipc.Process[struct{}]
	for i := range 5 {
		p, err := ipc.Start(ctx, worker, Work{dict, fmt.Sprintf("key%d", i), i * 10})
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
	entries, err := dict.Map(ctx)
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println(entries)
}
