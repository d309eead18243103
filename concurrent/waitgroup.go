package concurrent

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// A WaitGroup waits until a count is zero: a [sync.WaitGroup] whose waiting can be
// canceled. The zero value has a count of zero. A WaitGroup must not be copied
// after its first use.
//
// It counts goroutines or other activities: Add or Go before one begins, and Done
// when it has ended. It can be used again at any time, even before the goroutines
// that waited have run. When Add and Wait are called at the same time, Wait may or
// may not see that Add.
//
// What happens before a Done happens before the Wait that it releases returns. A
// WaitGroup does not handle errors, panics or cancellation of the goroutines; a
// [TaskGroup] does.
type WaitGroup struct {
	// count reaches zero only under mu, so that releasing the waiting goroutines is
	// one step with what they wait for.
	count atomic.Int64

	mu      sync.Mutex
	waiting park.Crowd
}

// Add adds delta, which may be negative, to the count. When the count becomes zero,
// all waiting goroutines are released. Add does not block. It panics when the count
// would become negative or more than an int64 holds, and does not change it then.
func (wg *WaitGroup) Add(delta int) {
	for !wg.add(int64(delta)) {
	}
}

// add is Add, unless the count has changed meanwhile. The count is compared and not
// added to, so that a misuse leaves it as it was.
func (wg *WaitGroup) add(delta int64) bool {
	n := wg.count.Load()
	switch {
	case delta < -n:
		panic(fmt.Sprintf("concurrent: WaitGroup counts below zero: %d to %d", delta, n))
	case delta > math.MaxInt64-n:
		panic(fmt.Sprintf("concurrent: WaitGroup counts above %d: %d to %d", int64(math.MaxInt64), delta, n))
	case n+delta > 0:
		return wg.count.CompareAndSwap(n, n+delta)
	}
	wg.mu.Lock()
	defer wg.mu.Unlock()
	if !wg.count.CompareAndSwap(n, 0) {
		return false
	}
	wg.waiting.Release()
	return true
}

// Done subtracts one from the count, as Add(-1) does.
func (wg *WaitGroup) Done() { wg.Add(-1) }

// Go adds one to the count and calls f in a new goroutine. It subtracts it again
// when f has returned or called runtime.Goexit. A panic of f crashes the process,
// as with [sync.WaitGroup.Go]. Go panics when f is nil.
func (wg *WaitGroup) Go(f func()) {
	if f == nil {
		panic("concurrent: WaitGroup.Go of a nil function")
	}
	wg.Add(1)
	go func() { callThen(f, wg.Done) }()
}

// Wait blocks until the count is zero.
func (wg *WaitGroup) Wait() { _ = wg.WaitContext(context.Background()) }

// WaitContext blocks until the count is zero. It returns context.Cause(ctx) when
// ctx ends first, or is done on entry. The counted goroutines continue.
func (wg *WaitGroup) WaitContext(ctx context.Context) error {
	if ctx.Err() == nil && wg.count.Load() == 0 {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	wg.mu.Lock()
	if wg.count.Load() == 0 {
		wg.mu.Unlock()
		return nil
	}
	return wg.waiting.Wait(ctx, &wg.mu)
}

// callThen calls f, for which no caller waits directly, and then done, also when f
// ends by runtime.Goexit. When f panics the process is about to die, and done is
// not called: a goroutine that it released could end the process first, and in good
// order.
func callThen(f, done func()) {
	defer func() {
		if v := recover(); v != nil {
			panic(v)
		}
		done()
	}()
	f()
}
