//go:build unix && !aix

// Poll is a server that waits for its clients by poll(2), and answers every chunk that it
// receives with ACK. See examples/internal/ack.
package main

import (
	"flag"
	"log"

	"github.com/fanfold/fanfold/examples/internal/ack"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/serve"
	"github.com/fanfold/fanfold/ioloop/poll"
)

func main() {
	addr := flag.String("addr", "localhost:12345", "the address to listen on")
	flags.Parse()
	ctx, listener := serve.Listen(*addr)
	if err := ack.Serve(ctx, listener, poll.Poll, 0); err != nil {
		log.Fatal(err)
	}
}
