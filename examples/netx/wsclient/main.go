// Wsclient sends a message to the program wsserver, or to another WebSocket server that
// answers, and prints the answer.
package main

import (
	"context"
	"flag"
	"log"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/netx/ws"
)

func main() {
	addr := flag.String("addr", "localhost:8765", "the address of the server")
	flags.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := ws.Dial(ctx, "ws://"+addr, ws.DialOptions{Options: ws.Options{Compress: true}})
	if err != nil {
		return err
	}
	defer c.CloseNow()
	if err := c.Write(ctx, ws.Text, []byte("Hello, World!")); err != nil {
		return err
	}
	msg, err := c.Read(ctx)
	if err != nil {
		return err
	}
	stdout.Println("Received:", stdout.Line(string(msg.Data)))
	return c.Close(ws.Normal, "")
}
