// Process starts five processes, which are this program again, and waits for them.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/ipc"
)

var worker = ipc.Func("worker", func(_ context.Context, num int) (struct{}, error) {
	_, err := fmt.Println("Worker:", num)
	return struct{}{}, err
})

func main() {
	ipc.Main() // in a worker process: runs its function, does not return
	flags.Parse()

	ctx := context.Background()
	var processes []*ipc.Process[struct{}]
	for i := range 5 {
		p := ipc.NewProcess(worker, i)
		if err := p.Start(ctx); err != nil {
			log.Fatal(err)
		}
		processes = append(processes, p)
	}
	for _, p := range processes {
		if err := p.Join(ctx); err != nil {
			log.Fatal(err)
		}
	}
}
