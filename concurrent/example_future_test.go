package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleGo() {
	ctx := context.Background()
	answer := concurrent.Go(ctx, func(context.Context) (int, error) { return 6 * 7, nil })
	// … something else meanwhile …
	v, err := answer.Result(ctx)
	fmt.Println(v, err)
	// Output: 42 <nil>
}

func ExampleFuture() {
	ctx := context.Background()
	f := concurrent.Go(ctx, func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "half a page", context.Cause(ctx)
	})
	for f.State() != concurrent.Running {
	}
	f.Cancel(errors.New("the user has left"))
	v, err := f.Result(ctx) // the function has returned
	fmt.Println(v, "|", err)
	fmt.Println(errors.Is(err, context.Canceled), f.State())
	// Output:
	// half a page | concurrent: canceled: the user has left
	// true canceled
}

func ExampleFuture_OnDone() {
	var p concurrent.Promise[int]
	f := p.Future()
	f.OnDone(func() { fmt.Println("first:", f.State()) })
	stop := f.OnDone(func() { fmt.Println("never") })
	f.OnDone(func() { fmt.Println("second") })
	fmt.Println(stop())
	p.Resolve(1)
	// Output:
	// true
	// first: done
	// second
}

func ExamplePromise() {
	reply := concurrent.NewPromise[string]()
	request := func(send func(*concurrent.Promise[string])) *concurrent.Future[string] {
		send(reply)
		return reply.Future()
	}
	f := request(func(p *concurrent.Promise[string]) {
		go func() {
			if p.Start() { // nobody has canceled it yet
				p.Resolve("pong")
			}
		}()
	})
	fmt.Println(f.Result(context.Background()))
	fmt.Println(reply.Resolve("pong again"))
	// Output:
	// pong <nil>
	// false
}

func ExampleFutureState() {
	var p concurrent.Promise[int]
	fmt.Println(p.Future().State())
	p.Start()
	fmt.Println(p.Future().State())
	p.Resolve(1)
	fmt.Println(p.Future().State())
	// Output:
	// pending
	// running
	// done
}

func ExampleWait() {
	var slow, fast concurrent.Promise[int]
	go fast.Resolve(1)
	done, pending, err := concurrent.Wait(context.Background(), concurrent.FirstCompleted, slow.Future(), fast.Future())
	fmt.Println(len(done), len(pending), err)
	// Output: 1 1 <nil>
}

func ExampleAsCompleted() {
	ctx := context.Background()
	words := []string{"one", "two", "three"}
	promises := make([]concurrent.Promise[int], len(words))
	futures := make([]*concurrent.Future[int], len(words))
	for i := range promises {
		futures[i] = promises[i].Future()
	}
	seen := make(chan bool)
	go func() {
		for _, i := range []int{2, 0, 1} {
			promises[i].Resolve(len(words[i]))
			<-seen
		}
	}()
	for i, f := range concurrent.AsCompleted(ctx, futures...) {
		n, _ := f.Result(ctx)
		fmt.Println(words[i], n)
		seen <- true
	}
	// Output:
	// three 5
	// one 3
	// two 3
}

func ExampleThen() {
	ctx := context.Background()
	text := concurrent.Go(ctx, func(context.Context) (string, error) { return "twelve", nil })
	number := concurrent.Then(ctx, text, func(_ context.Context, s string) (int, error) { return strconv.Atoi(s) })
	twice := concurrent.Then(ctx, number, func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	fmt.Println(twice.Result(ctx))
	// Output: 0 strconv.Atoi: parsing "twelve": invalid syntax
}

func ExampleSetFailureHook() {
	bug := errors.New("a bug")
	old := concurrent.SetFailureHook(nil)
	concurrent.SetFailureHook(func(f concurrent.Failure) {
		if !errors.Is(f.Err, bug) {
			old(f)
			return
		}
		fmt.Println("nobody saw:", bug)
	})
	defer func() { concurrent.SetFailureHook(old) }()
	var p concurrent.Promise[int]
	p.Future().OnDone(func() { panic(bug) })
	p.Resolve(1)
	// Output: nobody saw: a bug
}
