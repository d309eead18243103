//go:build unix && !aix

// Proxy passes on what its clients send to another server, and back what that one answers.
// It holds no more bytes than a connection has room for: a reader that is slow slows the
// writer on the other side down.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/serve"
	"github.com/fanfold/fanfold/ioloop"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "the address to listen on")
	to := flag.String("to", "localhost:12345", "the address of the other server")
	flags.Parse()
	ctx, listener := serve.Listen(*addr)
	if err := run(ctx, listener, *to); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, listener net.Listener, to string) error {
	loop, err := ioloop.New()
	if err != nil {
		return err
	}
	defer loop.Close()
	options := ioloop.ConnOptions{
		Duplex: true, // the directions do not stop each other
		Linger: time.Minute,
	}
	server, err := loop.Serve(listener, func(client *ioloop.Conn) *ioloop.Handler {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		client.Pause() // there is nowhere to pass it on to yet
		loop.Connect(ctx, "tcp", to, func(upstream *ioloop.Conn, err error) *ioloop.Handler {
			defer cancel()
			if err != nil {
				log.Print(err)
				client.Abort(err)
				return nil
			}
			there, back := pair(client, upstream)
			client.Handle(there)
			client.Resume()
			return back
		}, options)
		return &ioloop.Handler{Close: func(*ioloop.Conn, error) { cancel() }}
	}, options)
	if err != nil {
		return err
	}
	return serve.Run(ctx, loop, server, func() {})
}
