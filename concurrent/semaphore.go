package concurrent

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// A Semaphore holds permits, which goroutines acquire and release, one or several
// at a time: threading.Semaphore. Any goroutine may release permits, and more than
// were acquired; [BoundedSemaphore] limits their number. The zero value has no
// permits. A Semaphore must not be copied after its first use.
//
// It is fair: waiting goroutines get permits in the order in which they came. A
// goroutine that waits for many permits is not overtaken by those behind it that
// need few. TryAcquire fails while it waits.
//
// What happens before a Release happens before the Acquire that takes one of its
// permits returns.
type Semaphore struct {
	// state is the number of free permits while no goroutine waits and nothing is owed:
	// then a permit is taken and given back by one compare-and-swap. Otherwise it
	// is ^free, which is negative, and changes only under mu.
	state atomic.Int64

	mu    sync.Mutex
	queue park.Line
	owed  int64 // of a bounded one that shrank: returned permits to be withdrawn
}

// NewSemaphore returns a semaphore with n free permits. It panics when n is
// negative.
func NewSemaphore(n int) *Semaphore {
	if n < 0 {
		panic(fmt.Sprintf("concurrent: NewSemaphore of %d permits, want 0 or more", n))
	}
	s := &Semaphore{}
	s.state.Store(int64(n))
	return s
}

// Acquire takes n permits at once. It blocks until they are free and the goroutines
// that came before have theirs. When ctx ends first, or is done on entry, Acquire
// takes nothing and returns context.Cause(ctx). With n = 0 it does not wait. An
// uncontended call costs one atomic operation. Acquire panics when n is negative.
func (s *Semaphore) Acquire(ctx context.Context, n int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.TryAcquire(n) {
		return nil
	}
	return s.wait(ctx, n, nil)
}

// TryAcquire takes n permits if they are free and no goroutine waits, and reports
// whether it did. It does not block. It panics when n is negative.
func (s *Semaphore) TryAcquire(n int) bool {
	if n < 0 {
		panic(fmt.Sprintf("concurrent: %d permits to acquire, want 0 or more", n))
	}
	if n == 0 {
		return true
	}
	for {
		free := s.state.Load()
		if free < int64(n) {
			return false
		}
		if s.state.CompareAndSwap(free, free-int64(n)) {
			return true
		}
	}
}

// Release returns n permits, or adds n new ones. It releases the waiting goroutines
// at the front that can have their permits now. It does not block. Release panics
// when n is negative, and when more permits would be free than an int can count.
func (s *Semaphore) Release(n int) {
	if !s.release(int64(n), math.MaxInt) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.put(int64(n), math.MaxInt, "concurrent: Semaphore with more permits than an int can count")
	}
}

// Value returns the number of free permits. Permits may be free while goroutines
// wait, if the first of them needs more.
func (s *Semaphore) Value() int {
	free := s.state.Load()
	if free < 0 {
		free = ^free
	}
	return int(free)
}

// release is the short way of giving back: no goroutine waits, and bound permits or
// fewer are free afterwards. It returns false when there is more to look at.
func (s *Semaphore) release(n, bound int64) bool {
	if n < 0 {
		panic(fmt.Sprintf("concurrent: %d permits to release, want 0 or more", n))
	}
	for {
		free := s.state.Load()
		if free < 0 || n > bound-free {
			return false
		}
		if s.state.CompareAndSwap(free, free+n) {
			return true
		}
	}
}

// put is the long way of giving back, with s.mu held: what is owed goes first,
// then to the waiters. It panics with excess when more than bound permits would be
// free or owed.
func (s *Semaphore) put(n, bound int64, excess string) {
	free := s.hold()
	if n > bound-free+s.owed {
		s.settle(free)
		panic(excess)
	}
	paid := min(n, s.owed)
	s.owed -= paid
	s.settle(free + n - paid)
}

// wait queues up for n permits, of no more than bound when there is one.
func (s *Semaphore) wait(ctx context.Context, n int, bound *atomic.Int64) error {
	w := park.New(n)
	s.mu.Lock()
	if bound != nil && int64(n) > bound.Load() {
		defer s.mu.Unlock()
		return &BoundError{Wanted: n, Bound: int(bound.Load())}
	}
	free := s.hold()
	s.queue.Push(w)
	s.settle(free) // permits may have come back since the short way was tried
	s.mu.Unlock()

	if !w.Wait(ctx) {
		s.mu.Lock()
		free := s.hold()
		gaveUp := s.queue.Remove(w)
		s.settle(free) // those behind may fit where w did not
		s.mu.Unlock()
		if gaveUp {
			return w.Cause(ctx)
		}
	}
	if w.N < 0 {
		return &BoundError{Wanted: n, Bound: ^w.N}
	}
	return nil
}

// refuse tells w, which waits, that it wants more than bound. s.mu is held.
func (s *Semaphore) refuse(w *park.Waiter, bound int) {
	s.queue.Remove(w)
	w.N = ^bound
	w.Grant()
}

// hold makes state change under s.mu only, which is held, and returns the number
// of free permits. settle ends that.
func (s *Semaphore) hold() int64 {
	for {
		free := s.state.Load()
		if free < 0 {
			return ^free
		}
		if s.state.CompareAndSwap(free, ^free) {
			return free
		}
	}
}

// settle grants what can be granted of free permits, in order, and writes down
// what is left. s.mu is held.
func (s *Semaphore) settle(free int64) {
	for w := s.queue.First(); w != nil && int64(w.N) <= free; w = s.queue.First() {
		free -= int64(w.N)
		s.queue.Remove(w)
		w.Grant()
	}
	if s.queue.First() != nil || s.owed > 0 {
		free = ^free
	}
	s.state.Store(free)
}
