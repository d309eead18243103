package functional_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fanfold/fanfold/functional"
)

func ExampleIdentity() {
	groups := functional.FlatMapSlice([][]int{{1, 2}, {3}}, functional.Identity[[]int])
	fmt.Println(groups)
	// Output: [1 2 3]
}

func ExampleConst() {
	ones := functional.MapSlice([]string{"to", "be"}, functional.Const[string](1))
	fmt.Println(ones)
	// Output: [1 1]
}

func ExampleFlip() {
	hasGo := functional.Partial(functional.Flip(strings.HasSuffix), ".go")
	fmt.Println(functional.FilterSlice([]string{"doc.go", "go.mod"}, hasGo))
	// Output: [doc.go]
}

func ExampleNot() {
	comment := func(line string) bool { return strings.HasPrefix(line, "#") }
	lines := []string{"# hosts", "127.0.0.1 localhost"}
	fmt.Println(functional.FilterSlice(lines, functional.Not(comment)))
	// Output: [127.0.0.1 localhost]
}

func ExamplePartial() {
	double := functional.Partial(func(a, b int) int { return a * b }, 2)
	fmt.Println(functional.MapSlice([]int{1, 2, 3}, double))
	// Output: [2 4 6]
}

func ExamplePartial3() {
	clamp := func(top, a, b int) int { return min(top, a+b) }
	fmt.Println(functional.FoldSlice([]int{5, 6, 7}, 0, functional.Partial3(clamp, 10)))
	// Output: 10
}

func ExamplePartialContext() {
	count := func(_ context.Context, word, text string) (int, error) { return strings.Count(text, word), nil }
	texts := []string{"to be or not to be", "let it be"}
	counts, err := functional.ParMap(context.Background(), texts, functional.PartialContext(count, "be"))
	fmt.Println(counts, err)
	// Output: [2 1] <nil>
}

func ExampleCompose() {
	shout := functional.Compose(strings.ToUpper, strings.TrimSpace)
	fmt.Println(functional.MapSlice([]string{" fan ", "out"}, shout))
	// Output: [FAN OUT]
}

func ExampleComposeContext() {
	parse := func(_ context.Context, s string) (int, error) { return strconv.Atoi(s) }
	root := func(_ context.Context, n int) (string, error) {
		if n < 0 {
			return "", errors.New("negative")
		}
		return fmt.Sprint("√", n), nil
	}
	f := functional.ComposeContext(root, parse)
	fmt.Println(functional.ParMap(context.Background(), []string{"4", "9"}, f))
	_, err := f(context.Background(), "-1")
	fmt.Println("failed:", err)
	// Output:
	// [√4 √9] <nil>
	// failed: negative
}

func ExamplePipe2() {
	fmt.Println(functional.Pipe2("fan out and fold", strings.Fields, func(s []string) int { return len(s) }))
	// Output: 4
}

func ExamplePipe3() {
	initials := func(words []string) []string {
		return functional.MapSlice(words, func(s string) string { return s[:1] })
	}
	join := functional.Partial(functional.Flip(strings.Join), "")
	fmt.Println(functional.Pipe3("fan out and fold", strings.Fields, initials, join))
	// Output: foaf
}

func ExamplePipe4() {
	size := func(s []string) int { return len(s) }
	fmt.Println(functional.Pipe4(" fan out ", strings.TrimSpace, strings.Fields, size, strconv.Itoa))
	// Output: 2
}

func ExampleMemoize() {
	calls := 0
	var fibonacci func(context.Context, int64) (int64, error)
	fibonacci = functional.Memoize(func(ctx context.Context, n int64) (int64, error) {
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
	area := functional.Memoize(func(_ context.Context, r rectangle) (int, error) {
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
	connect := functional.Once(func(context.Context) (string, error) {
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
	hosts := functional.NewCache(resolve, functional.CacheOptions{Size: 1000, TTL: time.Minute})
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

// Get is a function like any other: here it is what ParMap maps.
func ExampleCache_Get() {
	squares := functional.NewCache(func(_ context.Context, n int) (int, error) { return n * n, nil })
	fmt.Println(functional.ParMap(context.Background(), []int{3, 1, 3, 3}, squares.Get))
	fmt.Println("loads:", squares.Stats().Loads)
	// Output:
	// [9 1 9 9] <nil>
	// loads: 2
}

func ExampleCache_Forget() {
	price := 10
	prices := functional.NewCache(func(_ context.Context, item string) (int, error) { return price, nil })
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
	pages := functional.NewCache(page, functional.CacheOptions{Size: 100}) // bytes
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
