// Tcpclient sends a message to the program tcpserver, or to another server that answers
// what it reads, and prints the answer.
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
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

// size is the size of the answer. TCP has no messages: the answer may come in pieces, and
// the server says nowhere how long it is, so both sides have to know.
const size = len("Hello, Client")

func main() {
	addr := flag.String("addr", "localhost:12345", "the address of the server")
	flags.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	context.AfterFunc(ctx, func() { conn.Close() })
	if _, err := io.WriteString(conn, "Hello, Server"); err != nil {
		return err
	}
	answer := make([]byte, size)
	n, err := io.ReadFull(conn, answer)
	if n == 0 && err != nil || !errors.Is(err, io.ErrUnexpectedEOF) && err != nil {
		return err
	}
	stdout.Println("Received", stdout.Line(string(answer[:n]))) // a shorter one is an answer, too
	return nil
}
