package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

func double(n int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		if n < 0 {
			return 0, errors.New("negative")
		}
		return 2 * n, nil
	}
}

func ExampleGather() {
	ctx := context.Background()
	fmt.Println(concurrent.Gather(ctx, concurrent.Go(ctx, double(1)), concurrent.Go(ctx, double(2))))
	fmt.Println(concurrent.Gather(ctx, concurrent.Go(ctx, double(1)), concurrent.Go(ctx, double(-2))))
	// Output:
	// [2 4] <nil>
	// [] negative
}

func ExampleGatherAll() {
	ctx := context.Background()
	values, errs := concurrent.GatherAll(ctx, concurrent.Go(ctx, double(1)), concurrent.Go(ctx, double(-2)))
	fmt.Println(values, errs)
	// Output: [2 0] [<nil> negative]
}

func ExampleAwait() {
	started := make(chan bool)
	work := concurrent.Go(context.Background(), func(ctx context.Context) (string, error) {
		close(started)
		<-ctx.Done()
		fmt.Println("cleaning up")
		return "", ctx.Err()
	})
	<-started
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := concurrent.Await(ctx, work)
	fmt.Println(err) // the work has stopped
	// Output:
	// cleaning up
	// context deadline exceeded
}

func ExampleShield() {
	saved := concurrent.NewPromise[string]()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := concurrent.Await(ctx, concurrent.Shield(saved.Future()))
	fmt.Println(err)

	saved.Resolve("saved") // nobody has canceled the work
	fmt.Println(saved.Future().Result(context.Background()))
	// Output:
	// context deadline exceeded
	// saved <nil>
}

// Without a delay it is a race.
func ExampleStaggered_race() {
	ask := func(name string, d time.Duration) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			select {
			case <-time.After(d):
				return name, nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
	}
	fmt.Println(concurrent.Staggered(context.Background(), 0, ask("far", time.Hour), ask("near", 0)))
	// Output: near <nil>
}

// The second address is tried when the first has not answered for a while.
func ExampleStaggered() {
	dial := func(addr string, up bool) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			if !up {
				<-ctx.Done() // no answer
				return "", ctx.Err()
			}
			return "connected to " + addr, nil
		}
	}
	fmt.Println(concurrent.Staggered(context.Background(), time.Millisecond,
		dial("2001:db8::1", false), dial("192.0.2.1", true)))
	// Output: connected to 192.0.2.1 <nil>
}
