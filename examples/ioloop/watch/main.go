//go:build linux

// Watch tells its clients what happens to the files of a folder. An inotify descriptor, a
// timer and a TCP server share one loop: what they have in common needs no lock.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/serve"
	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

func main() {
	addr := flag.String("addr", "localhost:12345", "the address to listen on")
	dir := flag.String("dir", ".", "the folder")
	tick := time.Minute
	flag.Func("tick", "how often to log how much there was to do (1m)", flags.Duration(&tick, time.Millisecond))
	flags.Parse()
	inotify, err := open(*dir)
	if err != nil {
		log.Fatal(err)
	}
	ctx, listener := serve.Listen(*addr)
	if err := run(ctx, listener, inotify, tick); err != nil {
		log.Fatal(err)
	}
}

// run has all that there is to the loop.
func run(ctx context.Context, listener net.Listener, inotify int, tick time.Duration) error {
	loop, err := ioloop.New()
	if err != nil {
		return err
	}
	defer loop.Close()
	clients, changes := map[*ioloop.Conn]bool{}, 0
	_, err = loop.Watch(inotify, poll.Readable, func(poll.Events) {
		for change := range read(inotify) {
			changes++
			for c := range clients {
				if _, err := fmt.Fprintln(c, change); err != nil { // it does not read what it is told
					c.Abort(err)
				}
			}
		}
	})
	if err != nil {
		return err
	}
	loop.Every(tick, func() { log.Printf("%d clients, %d changes", len(clients), changes) })
	server, err := loop.Serve(listener, func(c *ioloop.Conn) *ioloop.Handler {
		clients[c] = true
		fmt.Fprintln(c, "watching")
		return &ioloop.Handler{Close: func(c *ioloop.Conn, _ error) { delete(clients, c) }}
	})
	if err != nil {
		return err
	}
	return serve.Run(ctx, loop, server, func() {
		for c := range clients {
			c.Close()
		}
	})
}
