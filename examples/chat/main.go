//go:build unix && !aix

// Chat is a server for thousands of members who hear what the others say. One loop
// serves them all: an idle member costs some hundred bytes and no goroutine.
//
//	go run ./examples/chat [-addr host:port] [-pace duration] [-waiting bytes]
//
// The first line that a member sends, by telnet or nc, is the member's name, and each
// further one is said to all others. Nobody is held up by another one: what is said to a
// member who reads too slowly waits in memory up to a limit, and then that member is
// dropped. A member who speaks too fast is read more slowly. The server ends at an
// interrupt, when what was said has been sent.
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
	addr := flag.String("addr", "localhost:8889", "the address to listen on")
	pace, waiting := 100*time.Millisecond, 64<<10
	flag.Func("pace", "how long each line of a member keeps the next one waiting (100ms)", flags.Duration(&pace, time.Microsecond))
	flag.Func("waiting", "how many bytes may wait for a member (65536)", flags.Number(&waiting, 4<<10, 1<<30))
	flags.Parse()
	ctx, listener := serve.Listen(*addr)
	if err := run(ctx, listener, pace, waiting); err != nil {
		log.Fatal(err)
	}
}

// run serves members until ctx ends.
func run(ctx context.Context, listener net.Listener, pace time.Duration, waiting int) error {
	loop, err := ioloop.New()
	if err != nil {
		return err
	}
	defer loop.Close()
	r := &room{loop: loop, pace: pace, waiting: waiting, members: map[*ioloop.Conn]bool{}}
	server, err := loop.Serve(listener, r.enter, ioloop.ConnOptions{High: waiting / 2, Max: waiting})
	if err != nil {
		return err
	}
	loop.Every(time.Minute, func() { log.Printf("%d members", len(r.members)) })
	return serve.Run(ctx, loop, server, r.end)
}
