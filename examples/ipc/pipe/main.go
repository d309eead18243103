// Pipe connects two processes: one sends a message, the other prints it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/conn"
)

var sender = ipc.Func("sender", func(ctx context.Context, _ struct{}) (struct{}, error) {
	pipe, err := conn.FileConnection(ipc.InheritedFiles()[0])
	if err != nil {
		return struct{}{}, err
	}
	defer pipe.Close()
	return struct{}{}, conn.Send(ctx, pipe, "Hello from sender!")
})

var receiver = ipc.Func("receiver", func(ctx context.Context, _ struct{}) (struct{}, error) {
	pipe, err := conn.FileConnection(ipc.InheritedFiles()[0])
	if err != nil {
		return struct{}{}, err
	}
	defer pipe.Close()
	message, err := conn.Recv[string](ctx, pipe)
	if err != nil {
		return struct{}{}, err
	}
	_, err = fmt.Println("Received:", message)
	return struct{}{}, err
})

func main() {
	ipc.Main() // in a worker process: runs its function, does not return
	flags.Parse()

	ctx := context.Background()
	a, b, err := conn.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	first, second := start(ctx, sender, a), start(ctx, receiver, b)
	for _, p := range []*ipc.Process[struct{}]{first, second} {
		if err := p.Join(ctx); err != nil {
			log.Fatal(err)
		}
	}
}

// start hands one end of a pipe to a process that runs f. This process does not keep
// it: the other end is to notice when the process is gone.
func start(ctx context.Context, f *ipc.Function[struct{}, struct{}], pipe *conn.Connection) *ipc.Process[struct{}] {
	defer pipe.Close()
	file, err := pipe.File()
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	p := ipc.NewProcess(f, struct{}{}, ipc.ProcessOptions{Files: []*os.File{file}})
	if err := p.Start(ctx); err != nil {
		log.Fatal(err)
	}
	return p
}
