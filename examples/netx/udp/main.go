// Udp is a server that answers datagrams by a function that runs in other processes, and a
// client that asks it. A datagram that makes the function hang costs a process, and the
// server goes on.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/netx"
)

// Count counts the words of a packet.
var Count = ipc.Func("count", func(_ context.Context, p netx.Packet) ([]byte, error) {
	if string(p.Data) == "hang" {
		for n := 1; n != 0; n += 2 { // never
		}
	}
	n := len(bytes.Fields(p.Data))
	if n == 1 {
		return []byte("1 word"), nil
	}
	return fmt.Appendf(nil, "%d words", n), nil
})

// limit is how long a packet may take, and wait how long the client waits for an answer.
const (
	limit = 500 * time.Millisecond
	wait  = time.Second
)

func main() {
	ipc.Main() // in a worker process: serves calls, does not return
	flags.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	pool, err := ipc.NewPool(ctx, ipc.PoolOptions{Workers: 2, Spare: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	count := Count.On(pool)
	handle := func(ctx context.Context, p netx.Packet) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return count(ctx, p)
	}
	return concurrent.Group(ctx, func(ctx context.Context, g *concurrent.TaskGroup) error {
		serving, stop := context.WithCancel(ctx)
		defer stop() // the server ends when its packets are handled
		g.Go(func(context.Context) error {
			return netx.ServeUDP(serving, conn, handle, netx.UDPOptions{OnError: func(_ net.Addr, err error) { log.Print("hang: ", err) }})
		})
		return ask(conn.LocalAddr().String(), "one", "two words", "hang", "still here")
	})
}

// ask sends questions and prints the answers. UDP may lose each of them.
func ask(addr string, questions ...string) error {
	for _, question := range questions {
		conn, err := net.Dial("udp", addr) // its own port: no answer comes too late for its question
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(question)); err != nil {
			return err
		}
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return err
		}
		answer := make([]byte, 100)
		n, err := conn.Read(answer)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			stdout.Println(question + ": no answer")
		case err != nil:
			return err
		default:
			stdout.Println(question + ": " + stdout.Line(string(answer[:n])))
		}
	}
	return nil
}
