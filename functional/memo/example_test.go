package memo_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fanfold/fanfold/functional/memo"
	"github.com/fanfold/fanfold/functional/par"
)

func ExampleMemoize() {
	calls := 0
	var fibonacci func(context.Context, int64) (int64, error)
	fibonacci = memo.Memoize(func(ctx context.Context, n int64) (int64, error) {
		calls++
		if n < 2 {
			return n, nil
		}
		a, err := fibonacci(ctx, n-1)
		if err != nil {
			return 0, err
		}
		b, err := fibonacci(ctx, n-2)
		return a + b, err
	})
	fmt.Println(fibonacci(context.Background(), 80))
	fmt.Println("calls:", calls)
	// Output:
	// 23416728348467685 <nil>
	// calls: 81
}

// A function of two arguments is memoized over a struct of them.
func ExampleMemoize_arguments() {
	type rectangle struct{ width, height int }
	area := memo.Memoize(func(_ context.Context, r rectangle) (int, error) {
		fmt.Println("computing", r)
		return r.width * r.height, nil
	})
	for range 2 {
		fmt.Println(area(context.Background(), rectangle{3, 4}))
	}
	// Output:
	// computing {3 4}
	// 12 <nil>
	// 12 <nil>
}

func ExampleOnce() {
	attempts := 0
	connect := memo.Once(func(context.Context) (string, error) {
		if attempts++; attempts == 1 {
			return "", errors.New("not yet")
		}
		return fmt.Sprint("connection ", attempts), nil
	})
	for range 3 {
		if c, err := connect(context.Background()); err != nil {
			fmt.Println("failed:", err)
		} else {
			fmt.Println("got:", c)
		}
	}
	// Output:
	// failed: not yet
	// got: connection 2
	// got: connection 2
}

func ExampleNewCache() {
	resolve := func(_ context.Context, host string) (string, error) {
		fmt.Println("looking up", host)
		return "192.0.2." + strconv.Itoa(len(host)), nil
	}
	hosts := memo.NewCache(resolve, memo.Options{Size: 1000, TTL: time.Minute})
	for _, host := range []string{"a", "bb", "a"} {
		fmt.Println(hosts.Get(context.Background(), host))
	}
	fmt.Printf("%+v\n", hosts.Stats())
	// Output:
	// looking up a
	// 192.0.2.1 <nil>
	// looking up bb
	// 192.0.2.2 <nil>
	// 192.0.2.1 <nil>
	// {Hits:1 Misses:2 Loads:2 Failures:0 Evictions:0 Entries:2 Cost:2}
}

// Get is a function like any other: here it is what par.Map maps.
func ExampleCache_Get() {
	squares := memo.NewCache(func(_ context.Context, n int) (int, error) { return n * n, nil })
	fmt.Println(par.Map(context.Background(), []int{3, 1, 3, 3}, squares.Get))
	fmt.Println("loads:", squares.Stats().Loads)
	// Output:
	// [9 1 9 9] <nil>
	// loads: 2
}

func ExampleCache_Forget() {
	price := 10
	prices := memo.NewCache(func(_ context.Context, item string) (int, error) { return price, nil })
	fmt.Println(prices.Get(context.Background(), "tea"))
	price = 12
	fmt.Println(prices.Get(context.Background(), "tea"))
	prices.Forget("tea")
	fmt.Println(prices.Get(context.Background(), "tea"))
	// Output:
	// 10 <nil>
	// 10 <nil>
	// 12 <nil>
}

func ExampleCache_Cost() {
	page := func(_ context.Context, n int) (string, error) { return strings.Repeat("x", n), nil }
	pages := memo.NewCache(page, memo.Options{Size: 100}) // bytes
	pages.Cost(func(_ int, page string) int { return len(page) })
	pages.OnEvict(func(n int, _ string) { fmt.Println("dropped", n) })
	for _, n := range []int{60, 30, 50} {
		pages.Get(context.Background(), n)
	}
	fmt.Println("bytes:", pages.Stats().Cost)
	// Output:
	// dropped 60
	// bytes: 80
}
