//go:build unix && !aix

// Epoll is a server that waits for its clients by epoll(7), level- or edge-triggered, and
// answers every chunk that it receives with ACK. See examples/internal/ack.
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
	trigger := "level"
	addr := flag.String("addr", "localhost:12345", "the address to listen on")
	flag.Func("trigger", "how clients are reported: level, while they are ready, or edge, when they become so (level)", flags.OneOf(&trigger, "level", "edge"))
	flags.Parse()
	modes := map[string]poll.Events{"level": 0, "edge": poll.Edge}
	ctx, listener := serve.Listen(*addr)
	if err := ack.Serve(ctx, listener, poll.Epoll, modes[trigger]); err != nil {
		log.Fatal(err)
	}
}
