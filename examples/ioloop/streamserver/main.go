//go:build unix && !aix

// Streamserver sends each client back what it has read of it, 100 bytes at most. Each client
// has a goroutine, which reads and writes a stream of the loop.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/serve"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ioloop"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8888", "the address to listen on")
	flags.Parse()
	ctx, listener := serve.Listen(*addr)
	if err := run(ctx, listener); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, listener net.Listener) error {
	loop, err := ioloop.New()
	if err != nil {
		return err
	}
	defer loop.Close()
	server, err := loop.Serve(listener, ioloop.Streams(handle), ioloop.ConnOptions{Idle: time.Minute})
	if err != nil {
		return err
	}
	return serve.Run(ctx, loop, server, func() {})
}

// handle serves a client.
func handle(ctx context.Context, s *ioloop.Stream) error {
	data, err := s.ReadSome(ctx, 100)
	if errors.Is(err, io.EOF) {
		return nil // it has sent nothing
	}
	if err != nil {
		return err
	}
	stdout.Println("Received", stdout.Line(string(data)), "from", s.RemoteAddr())
	return s.Send(ctx, data)
}
