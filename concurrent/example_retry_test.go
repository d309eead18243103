package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleRetry() {
	calls := 0
	dial := func(context.Context) (string, error) {
		if calls++; calls < 3 {
			return "", errors.New("connection refused")
		}
		return "connected", nil
	}
	fmt.Println(concurrent.Retry(context.Background(), dial, concurrent.RetryOptions{
		First: time.Millisecond,
		OnRetry: func(attempt int, err error, _ time.Duration) {
			fmt.Printf("attempt %d: %v\n", attempt, err)
		},
	}))
	// Output:
	// attempt 1: connection refused
	// attempt 2: connection refused
	// connected <nil>
}

func ExamplePermanent() {
	fetch := func(context.Context) (string, error) {
		return "", concurrent.Permanent(errors.New("no such page"))
	}
	_, err := concurrent.Retry(context.Background(), fetch)
	fmt.Println(err)
	// Output: after 1 attempt: no such page
}

// A function with Retry around it goes where the function went.
func ExampleRetrying() {
	flaky := func(_ context.Context, n int) (int, error) {
		if n == 0 {
			return 0, errors.New("zero")
		}
		return 100 / n, nil
	}
	steady := concurrent.Retrying(flaky, concurrent.RetryOptions{Attempts: 3, First: -1})
	fmt.Println(steady(context.Background(), 4))
	fmt.Println(steady(context.Background(), 0))
	// Output:
	// 25 <nil>
	// 0 after 3 attempts: zero
}
