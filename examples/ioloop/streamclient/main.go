//go:build unix && !aix

// Streamclient sends a message to the program streamserver, or to another one that sends
// it back, and prints what comes.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ioloop"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8888", "the address of the server")
	flags.Parse()
	err := ioloop.Run(context.Background(), func(ctx context.Context, loop *ioloop.Loop) error {
		s, err := loop.Dial(ctx, "tcp", *addr)
		if err != nil {
			return err
		}
		defer s.Close()
		message := []byte("Hello, World!")
		if err := s.Send(ctx, message); err != nil {
			return err
		}
		answer, err := s.ReadExactly(ctx, len(message)) // it may come in pieces
		if err != nil {
			return err
		}
		stdout.Println("Received:", stdout.Line(string(answer)))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}
