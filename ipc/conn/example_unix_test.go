//go:build unix

package conn_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/fanfold/fanfold/ipc/conn"
)

func ExamplePipe() {
	ctx := context.Background()
	ours, theirs, err := conn.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ours.Close()
	go func() {
		defer theirs.Close()
		_ = conn.Send(ctx, theirs, "Hello from sender!")
	}()
	message, err := conn.Recv[string](ctx, ours)
	fmt.Println("Received:", message, err)
	_, err = conn.Recv[string](ctx, ours)
	fmt.Println(err)
	// Output:
	// Received: Hello from sender! <nil>
	// EOF
}

func ExampleConnection_SendFile() {
	ctx := context.Background()
	a, b, err := conn.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()
	defer b.Close()
	r, w, _ := os.Pipe()
	_ = a.SendFile(ctx, w)
	w.Close()

	received, err := b.RecvFile(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprint(received, "the same pipe, another descriptor")
	received.Close()
	var text [64]byte
	n, _ := r.Read(text[:])
	r.Close()
	fmt.Printf("%s\n", text[:n])
	// Output: the same pipe, another descriptor
}

func ExampleListener() {
	ctx := context.Background()
	secret := conn.Options{AuthKey: []byte("known to both")}
	listener, err := conn.Listen("", secret)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer listener.Close()
	go func() { // in another process, most often
		c, err := conn.Dial(ctx, listener.Addr(), secret)
		if err != nil {
			return
		}
		defer c.Close()
		_ = conn.Send(ctx, c, []float64{2.25, 3.5})
	}()

	c, err := listener.Accept(ctx)
	switch {
	case errors.Is(err, conn.ErrAuth):
		fmt.Println("a stranger")
		return
	case err != nil:
		fmt.Println(err)
		return
	}
	defer c.Close()
	fmt.Println(conn.Recv[[]float64](ctx, c))
	// Output: [2.25 3.5] <nil>
}

func ExampleWait() {
	ctx := context.Background()
	a1, a2, _ := conn.Pipe()
	b1, b2, _ := conn.Pipe()
	for _, c := range []*conn.Connection{a1, a2, b1, b2} {
		defer c.Close()
	}
	_ = conn.Send(ctx, b1, "first")
	fmt.Println(conn.Wait(ctx, a2.Poll, b2.Poll))
	// Output: [1] <nil>
}
