package concurrent_test

import (
	"context"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

// Many read a configuration; who changes it gives up when readers stay too long.
func ExampleRWLock() {
	var lock concurrent.RWLock
	limits := map[string]int{"files": 10}

	read := func(name string) int {
		lock.RLock()
		defer lock.RUnlock()
		return limits[name]
	}
	change := func(ctx context.Context, name string, n int) error {
		if err := lock.LockContext(ctx); err != nil {
			return err
		}
		defer lock.Unlock()
		limits[name] = n
		return nil
	}

	fmt.Println(change(context.Background(), "files", 20), read("files"))

	lock.RLock() // a reader that takes its time
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	fmt.Println(change(ctx, "files", 30))
	lock.RUnlock()
	fmt.Println(read("files"))
	// Output:
	// <nil> 20
	// context deadline exceeded
	// 20
}
