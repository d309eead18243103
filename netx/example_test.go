package netx_test

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/fanfold/fanfold/netx"
)

func ExampleServe() {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error)
	go func() {
		served <- netx.Serve(ctx, listener, func(ctx context.Context, c net.Conn) error {
			_, err := io.Copy(c, c)
			return err
		}, netx.ServeOptions{MaxConns: 100})
	}()

	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprint(client, "Hello!")
	client.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(client)
	fmt.Println(string(answer), err)
	client.Close()
	stop()
	fmt.Println(<-served)
	// Output:
	// Hello! <nil>
	// <nil>
}

// A handler that waits for its peer ends with the server.
func ExampleDraining() {
	draining, drain := context.WithCancel(context.Background())
	ctx := netx.WithDraining(context.Background(), draining)
	waiting := netx.Draining(ctx)
	fmt.Println(context.Cause(waiting), ctx.Err())
	drain()
	<-waiting.Done()
	fmt.Println(context.Cause(waiting), ctx.Err())
	// Output:
	// <nil> <nil>
	// netx: the server is shutting down <nil>
}

func ExampleServeUDP() {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error)
	go func() {
		served <- netx.ServeUDP(ctx, conn, func(_ context.Context, p netx.Packet) ([]byte, error) {
			return append([]byte("got "), p.Data...), nil
		})
	}()
	client, err := net.Dial("udp", conn.LocalAddr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	fmt.Fprint(client, "a packet")
	answer := make([]byte, 100)
	n, err := client.Read(answer)
	fmt.Println(string(answer[:n]), err)
	stop()
	fmt.Println(<-served)
	// Output:
	// got a packet <nil>
	// <nil>
}
