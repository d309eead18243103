//go:build unix

package ipc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
)

// A function that can travel stands in a package-level variable, under a name.
var cube = ipc.Func("example: cube", func(_ context.Context, n int) (int, error) { return n * n * n, nil })

// The same function on goroutines and on processes: one line differs.
func ExampleFunction_On() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	f := cube.On(pool) // a plain function again
	cubes, err := par.Map(context.Background(), []int{1, 2, 3, 4}, f)
	fmt.Println(cubes, err)
	// Output: [1 8 27 64] <nil>
}

// Cheap functions travel in company.
func ExampleFunction_OnChunks() {
	pool, err := ipc.NewPool(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	numbers := make([]int, 100_000)
	for i := range numbers {
		numbers[i] = i
	}
	cubes, err := par.MapChunks(context.Background(), numbers, cube.OnChunks(pool))
	fmt.Println(len(cubes), cubes[99], err)
	// Output: 100000 970299 <nil>
}

var (
	dictionary map[string]string // each worker has its own

	load = ipc.Func("example: load", func(_ context.Context, words map[string]string) (int, error) {
		dictionary = words
		return len(words), nil
	})
	translate = ipc.Func("example: translate", func(_ context.Context, word string) (string, error) {
		return dictionary[word], nil
	})
)

// What workers need for every call they are given once, when they begin.
func ExampleFunction_Bind() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Initializer: load.Bind(map[string]string{"chat": "cat"})})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	fmt.Println(translate.On(pool)(context.Background(), "chat"))
	// Output: cat <nil>
}

// A memo has what the codec of the package refuses: an interface that may hold
// anything, and a field that is nobody's business.
type memo struct {
	Title string
	Data  any
	draft bool
}

var review = ipc.Func("example: review", func(_ context.Context, a memo) (memo, error) {
	a.Title, a.draft = "Reviewed: "+a.Title, true
	return a, nil
}, ipc.FuncOptions{Marshal: json.Marshal, Unmarshal: json.Unmarshal})

// Another codec than that of the package.
func ExampleFuncOptions() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	a, err := review.On(pool)(context.Background(), memo{Title: "Sales", Data: map[string]any{"May": 12.5}, draft: true})
	fmt.Println(a.Title, a.Data, a.draft, err)
	// Output: Reviewed: Sales map[May:12.5] false <nil>
}

var forever = ipc.Func("example: forever", func(context.Context, string) (int, error) {
	for n := uint(0); ; n++ {
		_ = n * n // and no look at ctx
	}
})

// A goroutine in an endless loop is there to stay. A process is not.
func ExamplePool() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = forever.On(pool)(ctx, "and ever")
	fmt.Println(err)

	eight, err := cube.On(pool)(context.Background(), 2)
	fmt.Println(eight, err, pool.Stats().Killed, "killed")
	// Output:
	// ipc: example: forever was ended while it ran: context deadline exceeded
	// 8 <nil> 1 killed
}

// Who is doing what.
func ExampleWorkerState() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, err := forever.On(pool)(ctx, "and ever")
		ended <- err
	}()
	for {
		if w := pool.Workers()[0]; w.State == ipc.WorkerBusy {
			fmt.Println(w.State, "with", w.Func)
			break
		}
		runtime.Gosched()
	}
	cancel()
	fmt.Println(errors.Is(<-ended, context.Canceled))
	// Output:
	// busy with example: forever
	// true
}

// What a worker is busy with, while it is: go tool pprof reads such a file.
func ExamplePoolStats() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	fmt.Println(cube.On(pool)(context.Background(), 2))
	text, _ := json.Marshal(pool.Stats()) // for expvar, or a page of the program's own
	fmt.Println(string(text))
	// Output:
	// 8 <nil>
	// {"workers":1,"idle":1,"spare":0,"waiting":0,"calls":1,"spawned":1,"died":0,"killed":0,"retried":0,"failed_starts":0}
}

func ExamplePool_Profile() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	go forever.On(pool)(context.Background(), "and ever")
	worker := pool.Workers()[0].Pid
	var profile bytes.Buffer
	err = pool.Profile(context.Background(), worker, "cpu", &profile, ipc.ProfileOptions{Duration: 50 * time.Millisecond})
	fmt.Println(profile.Len() > 0, err)
	// Output: true <nil>
}

var fragile = ipc.Func("example: fragile", func(context.Context, int) (int, error) {
	os.Exit(3)
	return 0, nil
})

// What a worker's end looks like to the caller.
func ExampleProcessDiedError() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	_, err = fragile.On(pool)(context.Background(), 1)
	var died *ipc.ProcessDiedError
	if errors.As(err, &died) {
		fmt.Println(died.Func, "exited with status", died.ExitCode)
	}
	// Output: example: fragile exited with status 3
}

var errNoFunds = errors.New("no funds")

func init() { ipc.RegisterError("example.errNoFunds", errNoFunds) }

var withdraw = ipc.Func("example: withdraw", func(_ context.Context, amount int) (int, error) {
	return 0, fmt.Errorf("withdraw %d: %w", amount, errNoFunds)
})

// A registered error keeps its identity across processes.
func ExampleRegisterError() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	_, err = withdraw.On(pool)(context.Background(), 100)
	fmt.Println(err, errors.Is(err, errNoFunds))
	// Output: withdraw 100: no funds true
}

// Run is what happens at the far end of a carrier: here the bytes are made by
// one's own hand, which is a carrier's business and nobody else's.
func ExampleCall_Run() {
	reply, err := ipc.Call{Func: cube.Name(), In: []byte{2, 0, 0, 0, 0, 0, 0, 0}}.Run(context.Background())
	fmt.Println(reply.Out, err)
	// Output: [8 0 0 0 0 0 0 0] <nil>
}

// A timedCarrier carries calls nowhere: it runs them where it stands, and takes
// the time.
type timedCarrier struct{ took time.Duration }

func (c *timedCarrier) Carry(ctx context.Context, call ipc.Call) (ipc.Reply, error) {
	start := time.Now()
	defer func() { c.took += time.Since(start) }()
	return call.Run(ctx)
}

// A carrier of one's own: one method.
func ExampleCarrier() {
	var c timedCarrier
	eight, err := cube.On(&c)(context.Background(), 2)
	fmt.Println(eight, err, c.took > 0)
	// Output: 8 <nil> true
}
