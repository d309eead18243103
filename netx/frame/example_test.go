package frame_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"

	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/netx/frame"
)

func ExampleServe() {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	codec := frame.Length(4, binary.BigEndian)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error)
	go func() {
		served <- frame.Serve(ctx, listener, codec, func(_ context.Context, msg []byte) ([]byte, error) {
			return bytes.ToUpper(msg), nil
		})
	}()

	conn, err := frame.Dial(ctx, "tcp", listener.Addr().String(), codec)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := frame.NewClient(conn)
	words := [][]byte{[]byte("one"), []byte("two"), []byte("three")}
	answers, err := par.Map(ctx, words, client.Call)
	fmt.Printf("%s %v\n", answers, err)
	client.Close()
	stop()
	fmt.Println(<-served)
	// Output:
	// [ONE TWO THREE] <nil>
	// <nil>
}

func ExampleConn() {
	near, far := net.Pipe()
	ctx := context.Background()
	go func() {
		c := frame.NewConn(near, frame.Lines())
		c.WriteBuffered(ctx, []byte("first"))
		c.Write(ctx, []byte("second"))
		c.Close()
	}()
	for line, err := range frame.NewConn(far, frame.Lines()).All(ctx) {
		fmt.Printf("%s %v\n", line, err)
	}
	// Output:
	// first <nil>
	// second <nil>
}

func ExampleClient() {
	near, far := net.Pipe()
	ctx := context.Background()
	go func() { // a server that says hello
		c := frame.NewConn(far, frame.Lines())
		for name, err := range c.All(ctx) {
			if err != nil {
				return
			}
			c.WriteBuffered(ctx, append([]byte("hello "), name...)) // sent when no name is there
		}
	}()
	client := frame.NewClient(frame.NewConn(near, frame.Lines()))
	answer, err := client.Call(ctx, []byte("Gopher"))
	fmt.Printf("%s %v\n", answer, err)
	client.Close()
	// Output: hello Gopher <nil>
}
