package concurrent_test

import (
	"context"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

// Guests wait until a table for all of them is free, or go elsewhere.
func ExampleCondition() {
	var lock concurrent.Lock
	changed := concurrent.NewCondition(&lock)
	free := 2

	sit := func(ctx context.Context, guests int) error {
		lock.Lock()
		defer lock.Unlock()
		if err := changed.WaitFor(ctx, func() bool { return free >= guests }); err != nil {
			return err
		}
		free -= guests
		return nil
	}
	leave := func(guests int) {
		lock.Lock()
		defer lock.Unlock()
		free += guests
		changed.NotifyAll() // one place may be enough for some and not for others
	}

	fmt.Println(sit(context.Background(), 2))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	fmt.Println(sit(ctx, 3))
	time.AfterFunc(10*time.Millisecond, func() { leave(2) })
	fmt.Println(sit(context.Background(), 2))
	// Output:
	// <nil>
	// context deadline exceeded
	// <nil>
}
