package concurrent_test

import (
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
)

// What go test -tags lockdebug finds, here made by hand: two functions that take
// two locks, each in its own order.
func ExampleLockReport() {
	report := concurrent.LockReport{
		Problem: concurrent.LockOrder,
		Asker:   concurrent.LockUse{Lock: "Lock 1", Goroutine: 8, Stack: "\tmain.moveToAnn\n"},
		Holders: []concurrent.LockUse{{Lock: "Lock 2", Goroutine: 8, Stack: "\tmain.moveToAnn\n"}},
		Before: []concurrent.LockUse{
			{Lock: "Lock 1", Goroutine: 7, Stack: "\tmain.moveToBob\n"},
			{Lock: "Lock 2", Goroutine: 7, Stack: "\tmain.moveToBob\n"},
		},
	}
	fmt.Print(report)
	// Output:
	// concurrent: locks taken in different orders
	// goroutine 8 asks for Lock 1:
	// 	main.moveToAnn
	// goroutine 8 holds Lock 2:
	// 	main.moveToAnn
	// before, goroutine 7 held Lock 1:
	// 	main.moveToBob
	// before, goroutine 7 asked for Lock 2:
	// 	main.moveToBob
}

// A program says itself where the reports go; in a build without the tag nothing
// is watched.
func ExampleDebugLocks() {
	if concurrent.DebugLocks(func(r concurrent.LockReport) { panic(r.String()) }, 0) {
		defer concurrent.DebugLocks(nil, 0)
	}
	var lock concurrent.Lock
	lock.Lock()
	defer lock.Unlock()
	fmt.Println("no problem")
	// Output: no problem
}
