// Managernamespace has five processes set the same attribute of a namespace that lives in a
// server. The one that comes last wins, and that may be any of them.
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
	Namespace *manager.Namespace
	Value     int
}

var worker = ipc.Func("worker", func(ctx context.Context, w Work) (struct{}, error) {
	return struct{}{}, manager.Attribute[int](w.Namespace, "value").Store(ctx, w.Value)
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
	namespace, err := manager.NewNamespace(ctx, m)
	if err != nil {
		log.Fatal(err)
	}
	value := manager.Attribute[int](namespace, "value")
	if err := value.Store(ctx, 0); err != nil {
		log.Fatal(err)
	}
	var processes []*ipc.Process[struct{}]
	for i := range 5 {
		p, err := ipc.Start(ctx, worker, Work{namespace, i * 10})
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
	last, err := value.Load(ctx)
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println(last)
}
