package concurrent_test

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent"
)

func ExampleLatch() {
	const servers = 3
	up := concurrent.NewLatch(servers)
	var listening atomic.Int32
	for range servers {
		go func() {
			listening.Add(1)
			up.CountDown()
		}()
	}
	if err := up.Wait(context.Background()); err != nil {
		fmt.Println("failed:", err)
	}
	fmt.Println(listening.Load(), "listen,", up.Count(), "to come")
	// Output: 3 listen, 0 to come
}
