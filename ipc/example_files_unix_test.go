//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/conn"
)

// A copying is an argument with open files in it.
type copying struct {
	From, To *os.File
}

var copyFile = ipc.Func("example: copy file", func(_ context.Context, c copying) (int64, error) {
	defer c.From.Close() // over there they are the function's
	defer c.To.Close()
	return io.Copy(c.To, c.From)
})

// Open files travel inside arguments: the worker needs no right to open them.
func ExampleFunc_files() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	_ = os.WriteFile(filepath.Join(dir, "a"), []byte("some text"), 0o600)
	a, err := os.Open(filepath.Join(dir, "a"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close() // what travels is a duplicate
	b, err := os.Create(filepath.Join(dir, "b"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	n, err := copyFile.On(pool)(context.Background(), copying{a, b})
	text, _ := os.ReadFile(filepath.Join(dir, "b"))
	fmt.Printf("%d bytes, %v: %s\n", n, err, text)
	// Output: 9 bytes, <nil>: some text
}

var answerAll = ipc.Func("example: answer all", func(ctx context.Context, c *conn.Connection) (n int, err error) {
	defer c.Close()
	for {
		question, err := conn.Recv[string](ctx, c)
		if err != nil { // io.EOF when the other end is closed
			return n, err
		}
		if err := conn.Send(ctx, c, question+"? Perhaps."); err != nil {
			return n, err
		}
		n++
	}
})

// One end of a Pipe travels in the argument: a conversation with the process.
func ExampleFunc_connection() {
	ctx := context.Background()
	ours, theirs, err := conn.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	p := ipc.NewProcess(answerAll, theirs)
	theirs.Close() // what travels is a duplicate
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	for _, question := range []string{"Rain", "Snow"} {
		_ = conn.Send(ctx, ours, question)
		answer, err := conn.Recv[string](ctx, ours)
		fmt.Println(answer, err)
	}
	ours.Close()
	fmt.Println(errors.Is(p.Join(ctx), io.EOF))
	// Output:
	// Rain? Perhaps. <nil>
	// Snow? Perhaps. <nil>
	// true
}
