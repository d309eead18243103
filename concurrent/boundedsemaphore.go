package concurrent

import (
	"context"
	"fmt"
	"sync/atomic"
)

// A BoundedSemaphore is a [Semaphore] that never has more permits than its bound:
// threading.BoundedSemaphore. Releasing more permits than were acquired panics.
// [BoundedSemaphore.Resize] changes the bound at any time.
//
// It must be made by [NewBoundedSemaphore] and must not be copied. The zero value
// has no permits and a bound of 0.
type BoundedSemaphore struct {
	sem   Semaphore
	bound atomic.Int64 // written under sem.mu
}

// NewBoundedSemaphore returns a semaphore with n free permits and a bound of n. It
// panics when n is negative.
func NewBoundedSemaphore(n int) *BoundedSemaphore {
	if n < 0 {
		panic(fmt.Sprintf("concurrent: NewBoundedSemaphore of %d permits, want 0 or more", n))
	}
	b := &BoundedSemaphore{}
	b.sem.state.Store(int64(n))
	b.bound.Store(int64(n))
	return b
}

// A BoundError says that Acquire was called for more permits than the bound of the
// [BoundedSemaphore]: it would wait forever.
type BoundError struct {
	Wanted int // permits that Acquire asked for
	Bound  int // of the semaphore
}

// Error returns a text with both numbers.
func (e *BoundError) Error() string {
	return fmt.Sprintf("concurrent: %d permits wanted of a semaphore of %d", e.Wanted, e.Bound)
}

// Acquire works as [Semaphore.Acquire]. It returns a [*BoundError] at once when n
// is more than the bound, and as soon as the bound becomes less than n while
// Acquire waits.
func (b *BoundedSemaphore) Acquire(ctx context.Context, n int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if b.sem.TryAcquire(n) {
		return nil
	}
	return b.sem.wait(ctx, n, &b.bound)
}

// TryAcquire works as [Semaphore.TryAcquire].
func (b *BoundedSemaphore) TryAcquire(n int) bool { return b.sem.TryAcquire(n) }

// Release returns n permits and releases the waiting goroutines at the front that
// can have theirs now. It does not block. Release panics when n is negative or more
// than were acquired, and then returns no permit.
func (b *BoundedSemaphore) Release(n int) {
	// Without the lock the bound could change between a look at it and the exchange.
	b.sem.mu.Lock()
	defer b.sem.mu.Unlock()
	if bound := b.bound.Load(); !b.sem.release(int64(n), bound) {
		b.sem.put(int64(n), bound, "concurrent: BoundedSemaphore released more often than acquired")
	}
}

// Resize changes the bound to n, and adds or withdraws permits. It does not block:
// when more than n permits are taken, permits are withdrawn as they are released
// until n remain.
//
// A waiting Acquire of more than n permits returns a [*BoundError]. With a bound of
// 0, no Acquire of permits succeeds. Resize panics when n is negative.
func (b *BoundedSemaphore) Resize(n int) {
	if n < 0 {
		panic(fmt.Sprintf("concurrent: BoundedSemaphore.Resize to %d permits, want 0 or more", n))
	}
	s := &b.sem
	s.mu.Lock()
	defer s.mu.Unlock()
	free := s.hold() - s.owed + int64(n) - b.bound.Load()
	b.bound.Store(int64(n))
	s.owed = max(0, -free)
	for w := s.queue.First(); w != nil; {
		next := s.queue.Behind(w)
		if w.N > n {
			s.refuse(w, n)
		}
		w = next
	}
	s.settle(max(0, free))
}

// Bound returns the bound.
func (b *BoundedSemaphore) Bound() int { return int(b.bound.Load()) }

// Value returns the number of free permits, as [Semaphore.Value]. It is never
// negative, even when more permits are taken than the bound allows after a Resize.
func (b *BoundedSemaphore) Value() int { return b.sem.Value() }
