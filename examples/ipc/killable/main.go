//go:build unix

// Killable gives a function that never ends a hundred milliseconds. A goroutine could
// not be stopped; the process it runs in can, and the pool has another one.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ipc"
)

// pid tells which process a call runs in.
var pid = ipc.Func("pid", func(context.Context, struct{}) (int, error) { return os.Getpid(), nil })

// endless computes for ever and looks at no context.
var endless = ipc.Func("endless", func(context.Context, struct{}) (int, error) {
	for n := 1; n != 0; n += 2 { // never
	}
	return 0, nil
})

func main() {
	ipc.Main() // in a worker process: serves calls, does not return

	limit := 100 * time.Millisecond
	flag.Func("limit", "how long the function has (100ms)", flags.Duration(&limit, time.Millisecond))
	flags.Parse()
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	call := func() int {
		n, err := pid.On(pool)(context.Background(), struct{}{})
		if err != nil {
			log.Fatal(err)
		}
		return n
	}

	worker := call()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	begin := time.Now()
	_, err = endless.On(pool)(ctx, struct{}{})
	log.Printf("it took %v", time.Since(begin).Round(time.Millisecond))
	stdout.Println(err)
	if !errors.Is(err, context.DeadlineExceeded) {
		log.Fatal("it should have been killed")
	}

	gone := errors.Is(syscall.Kill(worker, 0), syscall.ESRCH)
	stdout.Println("its process is gone:", gone)
	another := call() != worker
	stdout.Println("another one goes on:", another)
	if !gone || !another {
		log.Fatalf("the call ended before its function began: %v is too short a limit", limit)
	}
}
