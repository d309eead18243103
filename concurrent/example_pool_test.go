package concurrent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/functional/par"
)

func shout(_ context.Context, word string) (string, error) { return strings.ToUpper(word), nil }

func ExamplePool() {
	ctx := context.Background()
	pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 4, Name: "shouters"})
	defer pool.Close()
	a := concurrent.Submit(ctx, pool, "hear", shout)
	b := concurrent.Submit(ctx, pool, "me", shout, concurrent.SubmitOptions{Priority: 1})
	fmt.Println(a.Result(ctx))
	fmt.Println(b.Result(ctx))
	// Output:
	// HEAR <nil>
	// ME <nil>
}

func ExampleOn() {
	pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 4})
	defer pool.Close()
	loud, err := par.Map(context.Background(), []string{"hear", "me"}, concurrent.On(pool, shout))
	fmt.Println(loud, err)
	// Output: [HEAR ME] <nil>
}

func ExamplePool_Stats() {
	ctx := context.Background()
	pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 2})
	concurrent.Submit(ctx, pool, "hear", shout)
	concurrent.Submit(ctx, pool, "me", shout)
	pool.Shutdown(context.Background())
	// For a running program: expvar.Publish("pool", expvar.Func(func() any { return pool.Stats() })).
	text, _ := json.Marshal(pool.Stats())
	fmt.Println(string(text))
	// Output: {"limit":2,"workers":0,"idle":0,"running":0,"queued":0,"waiting":0,"submitted":2,"done":2,"failed":0,"canceled":0,"rejected":0,"caller_ran":0}
}

func ExamplePool_Go() {
	pool := concurrent.NewPool()
	err := pool.Go(context.Background(), func() { fmt.Println("done") })
	pool.Shutdown(context.Background())
	fmt.Println(err)
	// Output:
	// done
	// <nil>
}

func ExamplePool_Resize() {
	pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
	defer pool.Close()
	pool.Resize(8)
	fmt.Println(pool.Stats().Limit)
	// Output: 8
}
