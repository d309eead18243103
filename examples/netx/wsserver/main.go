// Wsserver sends back each message of its WebSocket clients. Pages of other sites cannot
// connect, messages have at most 1 MiB, and a client that does not answer pings is gone.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/serve"
	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/httpx"
	"github.com/fanfold/fanfold/netx/ws"
)

func main() {
	addr := flag.String("addr", "localhost:8765", "the address to listen on")
	flags.Parse()
	ctx, listener := serve.Listen(*addr)
	mux := http.NewServeMux()
	mux.Handle("/", ws.Handler(echo, ws.AcceptOptions{Options: ws.Options{Compress: true}}))
	if err := httpx.Serve(ctx, listener, mux); err != nil {
		log.Fatal(err)
	}
}

// echo serves a client.
func echo(ctx context.Context, c *ws.Conn) error {
	for msg, err := range c.All(netx.Draining(ctx)) {
		if err != nil {
			return err
		}
		if err := c.Write(ctx, msg.Kind, msg.Data); err != nil {
			return err
		}
	}
	return nil
}
