package concurrent

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// A WaitGroup is a [sync.WaitGroup] whose waiting can be canceled. The zero value
// counts nothing. A WaitGroup must not be copied after its first use.
//
// It counts goroutines, or whatever else is going on: Add or Go before something
// begins, Done when it has ended, Wait until nothing is going on. It can be used
// again at any time, also before those who waited have run; an Add at the very
// moment of a Wait counts for it or does not.
//
// What happens before a Done happens before the Wait it releases returns. Errors,
// panics and cancellation of the goroutines themselves are not its business; a
// [TaskGroup] sees to them.
type WaitGroup struct {
	// count reaches zero only under mu, so that to release those who wait is one
	// step with what they wait for.
	count atomic.Int64

	mu      sync.Mutex
	waiting park.Crowd
}

// Add adds delta, which may be negative, to the count, and releases everyone who
// waits when it becomes zero. It does not block. It panics when the count becomes
// negative.
func (wg *WaitGroup) Add(delta int) {
	d := int64(delta)
	for {
		n := wg.count.Load()
		if n+d <= 0 {
			break
		}
		if wg.count.CompareAndSwap(n, n+d) {
			return
		}
	}
	wg.mu.Lock()
	defer wg.mu.Unlock()
	switch n := wg.count.Add(d); {
	case n < 0:
		wg.count.Add(-d)
		panic("concurrent: WaitGroup counts below zero")
	case n == 0:
		wg.waiting.Release()
	}
}

// Done takes one off the count: Add(-1).
func (wg *WaitGroup) Done() { wg.Add(-1) }

// Go calls f in a new goroutine and counts it until f has returned, or has ended
// by runtime.Goexit. A panic of f crashes the process, as with
// [sync.WaitGroup.Go]. It panics when f is nil.
func (wg *WaitGroup) Go(f func()) {
	if f == nil {
		panic("concurrent: WaitGroup.Go of a nil function")
	}
	wg.Add(1)
	go func() { callThen(f, wg.Done) }()
}

// Wait blocks until the count is zero.
func (wg *WaitGroup) Wait() { _ = wg.WaitContext(context.Background()) }

// WaitContext blocks until the count is zero, or ctx ends, in which case it
// returns context.Cause(ctx). What is counted goes on.
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

// callThen calls f, which nobody waits for directly, and then done, also when f
// ends by runtime.Goexit. When f panics the process is about to die, and done is
// not called: whoever it released could end the process first, and in good order.
func callThen(f, done func()) {
	defer func() {
		if v := recover(); v != nil {
			panic(v)
		}
		done()
	}()
	f()
}
