package concurrent

import (
	"context"
	"fmt"
	"sync/atomic"
)

// A BoundedSemaphore is a [Semaphore] that never has more permits than its bound:
// threading.BoundedSemaphore. To release more than were acquired is a mistake that
// it notices. The bound can be changed while the semaphore is used. It must be made
// by [NewBoundedSemaphore] and not be copied; the zero value has no permits and a
// bound of 0.
type BoundedSemaphore struct {
	sem   Semaphore
	bound atomic.Int64 // written under sem.mu
}

// NewBoundedSemaphore returns a semaphore with n free permits, which is its bound
// too. It panics when n is negative.
func NewBoundedSemaphore(n int) *BoundedSemaphore {
	if n < 0 {
		panic("concurrent: NewBoundedSemaphore of a negative number of permits")
	}
	b := &BoundedSemaphore{}
	b.sem.state.Store(int64(n))
	b.bound.Store(int64(n))
	return b
}

// A BoundError is the error of who wants more permits than a [BoundedSemaphore] has
// when none are taken, and would wait forever.
type BoundError struct {
	Wanted int // by Acquire
	Bound  int // of the semaphore
}

// Error names both numbers.
func (e *BoundError) Error() string {
	return fmt.Sprintf("concurrent: %d permits wanted of a semaphore of %d", e.Wanted, e.Bound)
}

// Acquire is as [Semaphore.Acquire]. It returns a [*BoundError] at once when n is
// more than the bound, and as soon as the bound becomes less than n while it waits.
func (b *BoundedSemaphore) Acquire(ctx context.Context, n int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if b.sem.TryAcquire(n) {
		return nil
	}
	return b.sem.wait(ctx, n, &b.bound)
}

// TryAcquire is as [Semaphore.TryAcquire].
func (b *BoundedSemaphore) TryAcquire(n int) bool { return b.sem.TryAcquire(n) }

// Release gives n permits back and releases those in front who now can have what
// they wait for. It does not block. Release panics when n is negative or more
// than are taken, and then gives nothing back.
func (b *BoundedSemaphore) Release(n int) {
	if b.sem.release(int64(n), b.bound.Load()) {
		return
	}
	// The bound may have changed between the two looks; under the lock it cannot.
	b.sem.mu.Lock()
	defer b.sem.mu.Unlock()
	b.sem.put(int64(n), b.bound.Load(), "concurrent: BoundedSemaphore released more often than acquired")
}

// Resize changes the bound to n, adding permits or taking them away. It does not
// block: when more than n are out, all that are released are withdrawn until it is
// n, and only then can any be acquired again. Who waits for more than n gets a
// [*BoundError]. A bound of 0 lets nobody pass. Resize panics when n is negative.
func (b *BoundedSemaphore) Resize(n int) {
	if n < 0 {
		panic("concurrent: Resize to a negative number of permits")
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

// Value returns how many permits are free; see [Semaphore.Value]. It is never
// negative, also when more are taken than the bound since Resize.
func (b *BoundedSemaphore) Value() int { return b.sem.Value() }
