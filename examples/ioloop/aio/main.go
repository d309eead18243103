// Aio submits a read, does other work meanwhile, and is told when the read is complete:
// asynchronous I/O, the fifth model.
package main

import (
	"context"
	"flag"
	"log"
	"os"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ioloop"
)

func main() {
	name := flag.String("file", "go.mod", "the file whose beginning is read")
	flags.Parse()
	loop, err := ioloop.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	ctx := context.Background()

	file, err := loop.Open(ctx, *name, os.O_RDONLY, 0).Result(ctx)
	if err != nil {
		log.Fatal(err)
	}
	buffer := make([]byte, 128)
	read := file.ReadAt(ctx, buffer, 0) // returns at once
	stdout.Println("Read submitted")
	ioloop.Deliver(loop, read, func(n int, err error) { // called by the loop
		if err != nil {
			log.Fatal(err)
		}
		stdout.Println("Read complete:", n, "bytes")
		loop.Stop()
	})
	loop.Soon(func() { stdout.Println("Other work done meanwhile") })
	if err := loop.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
