package concurrent_test

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
)

// A function that locks can be called by others that have locked already, if all of
// them pass the context on.
func ExampleRLock_Do() {
	var lock concurrent.RLock
	balance := map[string]int{"ann": 10, "bob": 0}

	add := func(ctx context.Context, name string, amount int) error {
		return lock.Do(ctx, func(context.Context) error {
			if balance[name]+amount < 0 {
				return fmt.Errorf("%s has only %d", name, balance[name])
			}
			balance[name] += amount
			return nil
		})
	}
	move := func(ctx context.Context, from, to string, amount int) error {
		return lock.Do(ctx, func(ctx context.Context) error {
			if err := add(ctx, from, -amount); err != nil {
				return err
			}
			return add(ctx, to, amount)
		})
	}

	ctx := context.Background()
	fmt.Println(move(ctx, "ann", "bob", 7), balance)
	fmt.Println(move(ctx, "ann", "bob", 7), balance)
	// Output:
	// <nil> map[ann:3 bob:7]
	// ann has only 3 map[ann:3 bob:7]
}

// Without a context, a handle is passed on.
func ExampleRLockOwner() {
	var lock concurrent.RLock
	var depth func(o *concurrent.RLockOwner, tree []any) int
	depth = func(o *concurrent.RLockOwner, tree []any) int {
		o.Lock() // once more in every call
		defer o.Unlock()
		deepest := 0
		for _, t := range tree {
			if t, ok := t.([]any); ok {
				deepest = max(deepest, depth(o, t))
			}
		}
		return 1 + deepest
	}

	owner := lock.Owner()
	fmt.Println(depth(owner, []any{1, []any{2, []any{3}}, []any{4}}), lock.Locked())
	// Output: 3 false
}
