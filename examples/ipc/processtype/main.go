// Processtype starts five processes of a type that has a Run method: its fields are
// copied to the process.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/ipc"
)

// A printer is a process that prints its number.
type printer struct{ Num int }

// Run does, over there.
func (p printer) Run(context.Context) error {
	_, err := fmt.Println("Process:", p.Num)
	return err
}

var runPrinter = ipc.RunnerOf[printer]("printer")

func main() {
	ipc.Main() // in a worker process: runs its function, does not return
	flags.Parse()

	ctx := context.Background()
	var processes []*ipc.Process[struct{}]
	for i := range 5 {
		p := ipc.NewProcess(runPrinter, printer{i})
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
