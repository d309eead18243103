// Killable is a server whose parser of strangers' messages runs in processes. One message
// makes it hang, one makes it crash, and one makes it take all memory. A hundred others get
// their answers meanwhile.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/frame"
)

// Parse is a parser as there are many: most messages do it no harm.
var Parse = ipc.Func("parse", func(_ context.Context, msg []byte) ([]byte, error) {
	switch string(msg) {
	case "hang":
		for n := 1; n != 0; n += 2 { // never
		}
	case "crash":
		os.Exit(3)
	case "eat":
		eaten := []byte{1}
		for {
			eaten = bytes.Repeat(eaten, 2)
		}
	}
	return fmt.Appendf(nil, "%d words", len(bytes.Fields(msg))), nil
})

var codec = frame.Length(4, binary.BigEndian)

func main() {
	ipc.Main() // in a worker process: serves calls, does not return
	flags.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	options := ipc.PoolOptions{Workers: 4, Spare: 1}
	if runtime.GOOS == "linux" {
		options.Limits.Memory = 256 << 20
	}
	pool, err := ipc.NewPool(ctx, options)
	if err != nil {
		return err
	}
	defer pool.Close()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	reasons := concurrent.NewQueue[error](-1) // why the server has ended connections
	serving, stop := context.WithCancel(ctx)
	defer stop()
	served := concurrent.Go(serving, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, frame.Serve(ctx, listener, codec, Parse.On(pool), frame.ServeOptions{
			ServeOptions: netx.ServeOptions{OnError: func(_ net.Addr, err error) { reasons.TryPut(err) }},
			PerCall:      2 * time.Second,
		})
	})
	if err := ask(ctx, listener.Addr().String(), reasons); err != nil {
		return err
	}
	stop() // the server drains
	_, err = served.Result(ctx)
	return err
}

// ask sends the messages. Those that do harm go one after the other, each over a connection
// of its own, and the others at the same time over one.
func ask(ctx context.Context, addr string, reasons *concurrent.Queue[error]) error {
	conn, err := frame.Dial(ctx, "tcp", addr, codec)
	if err != nil {
		return err
	}
	client := frame.NewClient(conn)
	defer client.Close()
	messages := make([][]byte, 100)
	for i := range messages {
		messages[i] = bytes.Repeat([]byte("word "), i)
	}
	answers := concurrent.Go(ctx, func(ctx context.Context) ([][]byte, error) { return par.Map(ctx, messages, client.Call) })
	for _, evil := range []string{"hang", "crash", "eat"} {
		if err := harm(ctx, addr, evil, reasons); err != nil {
			return err
		}
	}
	got, err := answers.Result(ctx)
	if err != nil {
		return err
	}
	stdout.Println(fmt.Sprintf("%d answers, the last one: %s", len(got), got[len(got)-1]))
	return nil
}

// harm sends a message that ends the process that parses it, and so the connection.
func harm(ctx context.Context, addr, msg string, reasons *concurrent.Queue[error]) error {
	conn, err := frame.Dial(ctx, "tcp", addr, codec)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Write(ctx, []byte(msg)); err != nil {
		return err
	}
	if answer, err := conn.Read(ctx); err != io.EOF {
		return fmt.Errorf("%s has the answer %q, %w", msg, answer, err)
	}
	reason, err := reasons.Get(ctx)
	if err != nil {
		return err
	}
	log.Printf("%s: %v", msg, reason)
	switch {
	case errors.Is(reason, context.DeadlineExceeded):
		stdout.Println(msg + ": killed at its deadline")
	case errors.Is(reason, ipc.ErrMemoryLimit):
		stdout.Println(msg + ": stopped at its limit of memory")
	case errors.Is(reason, ipc.ErrProcessDied):
		stdout.Println(msg + ": died alone")
	default:
		return reason
	}
	return nil
}
