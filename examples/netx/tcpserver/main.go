// Tcpserver answers each read with a greeting. It serves many clients at once, and each of
// them until it leaves, is silent for a minute, or the program is ended.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/serve"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/netx"
)

func main() {
	addr := flag.String("addr", "localhost:12345", "the address to listen on")
	flags.Parse()
	ctx, listener := serve.Listen(*addr)
	stdout.Println("Waiting for a connection...")
	if err := netx.Serve(ctx, listener, handle, netx.ServeOptions{MaxConns: 1000, Idle: time.Minute}); err != nil {
		log.Fatal(err)
	}
}

// handle serves a client.
func handle(ctx context.Context, c net.Conn) error {
	stdout.Println("Connection from", c.RemoteAddr())
	draining := netx.Draining(ctx)
	stop := context.AfterFunc(draining, func() { c.SetReadDeadline(time.Unix(1, 0)) }) // ends a read that waits
	defer stop()
	buf := make([]byte, 1024)
	for {
		n, err := c.Read(buf)
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded) && draining.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		stdout.Println("Received", stdout.Line(string(buf[:n])))
		if _, err := io.WriteString(c, "Hello, Client"); err != nil {
			return err
		}
	}
}
