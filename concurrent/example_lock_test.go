package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

var errBusy = errors.New("the printer is busy")

// A lock that is not waited for longer than the caller has time.
func ExampleLock() {
	var printer concurrent.Lock
	print := func(ctx context.Context, page string) error {
		if err := printer.LockContext(ctx); err != nil {
			return err
		}
		defer printer.Unlock()
		fmt.Println("printed", page)
		return nil
	}

	fmt.Println(print(context.Background(), "one"))
	printer.Lock() // somebody changes the paper
	ctx, cancel := context.WithTimeoutCause(context.Background(), 10*time.Millisecond, errBusy)
	defer cancel()
	fmt.Println(print(ctx, "two"))
	printer.Unlock()
	// Output:
	// printed one
	// <nil>
	// the printer is busy
}

// Locks can be watched: for instance with
//
//	expvar.Publish("printer", expvar.Func(func() any { return printer.Stats() }))
func ExampleLock_Stats() {
	var printer concurrent.Lock
	printer.Lock()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for printer.Stats().Waiting == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_ = printer.LockContext(ctx)
	fmt.Printf("%+v\n", printer.Stats())
	// Output: {Contended:1 Canceled:1 Handovers:0 Waiting:0}
}
