//go:build unix && !aix

// Sigio learns by a signal that a pipe can be read: the kernel sends one when the other
// end has written. There is no handler to write: the poller takes the signals from a queue
// and tells which descriptor they are about.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ioloop/poll"
)

func main() {
	tick := flag.Duration("tick", time.Second, "how long the pipe is empty")
	flags.Parse()
	if err := run(context.Background(), *tick); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, tick time.Duration) error {
	poller, err := poll.New(poll.Options{Backend: poll.Sigio})
	if err != nil {
		return err
	}
	defer poller.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	pipe := int(r.Fd())
	if err := unix.SetNonblock(pipe, true); err != nil {
		return err
	}
	token, err := poller.Add(pipe, poll.Readable)
	if err != nil {
		return err
	}
	defer poller.Remove(token)

	time.AfterFunc(tick, func() { w.WriteString("Hello, SIGIO!") })
	for {
		events, err := poller.Wait(ctx)
		if err != nil {
			return err
		}
		for event := range events {
			buffer := make([]byte, 128)
			n, err := unix.Read(pipe, buffer)
			switch err {
			case nil:
				stdout.Println("SIGIO: the pipe is", event.Events)
				stdout.Println("Received:", string(buffer[:n]))
				return nil
			case unix.EAGAIN: // readiness is a hint
			default:
				return err
			}
		}
	}
}
