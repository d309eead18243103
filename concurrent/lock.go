package concurrent

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// A Lock is a sync.Mutex whose waiting can be canceled: threading.Lock and
// asyncio.Lock. It is a [sync.Locker]; the zero value is unlocked; it must not be
// copied after first use. It belongs to no goroutine: any may unlock it.
//
// Without contention it costs what a sync.Mutex costs, and nothing is allocated.
// Who has to wait allocates a channel. Waiting is durable in the sense of
// [testing/synctest], where a sync.Mutex that is held over a sleep hangs the
// bubble.
//
// Those who wait are woken in the order in which they came, but who comes just
// when the lock is released may take it first: that is what makes a lock fast.
// Somebody who was passed over twice is handed the lock, so nobody starves. (A
// sync.Mutex does that after a millisecond. This one counts, since the clock of a
// bubble stands still while anybody works.)
//
// In a build with the tag lockdebug, [DebugLocks] tells of deadlocks.
type Lock struct {
	debug lockDebug // nothing, unless built with the tag lockdebug

	state atomic.Int32 // of the bits below

	mu    sync.Mutex // guards what follows; held for some instructions, never over a wait
	queue park.Line  // Waiter.N counts how often one was woken in vain
	stats LockStats
}

// LockStats tells how much a lock is fought over. The numbers are those of the
// life of the lock; acquisitions that did not have to wait in the queue are not
// counted, so that they cost nothing.
type LockStats struct {
	Contended int64 `json:"contended"` // acquisitions that had to wait in the queue
	Canceled  int64 `json:"canceled"`  // of these, those that were given up because their context ended
	Handovers int64 `json:"handovers"` // of these, those who were handed the lock after others had passed them over
	Waiting   int   `json:"waiting"`   // how many stand in the queue now
}

// The bits of Lock.state.
const (
	lockHeld     = 1 << iota
	lockQueued   // somebody stands in the queue; changes under mu only
	lockWoken    // somebody is about to try, so Unlock need not wake anybody
	lockStarving // Unlock hands the lock over to the first in the queue; implies lockHeld
)

const (
	// lockPatience is how often one who waits is woken in vain before the lock is
	// handed over.
	lockPatience = 2
	// lockHandedOver as Waiter.N says that the lock came with the grant.
	lockHandedOver = -1

	// Somebody who finds the lock held looks again this many times before waiting
	// in the queue, with some turns of an empty loop between. A sync.Mutex looks
	// as often, with longer pauses.
	lockSpins     = 4
	lockSpinTurns = 30
)

// Lock takes the lock and waits until it can.
func (l *Lock) Lock() {
	if lockDebugging {
		_ = l.debug.acquire(context.Background(), "Lock", false, l.acquire)
		return
	}
	if !l.state.CompareAndSwap(0, lockHeld) {
		_ = l.acquireSlow(context.Background())
	}
}

// LockContext takes the lock and returns nil, or returns context.Cause(ctx) when
// ctx ends before. When ctx is done already it returns the cause also if the lock
// is free.
func (l *Lock) LockContext(ctx context.Context) error {
	if lockDebugging {
		return l.debug.acquire(ctx, "Lock", false, l.acquire)
	}
	return l.acquire(ctx)
}

// TryLock takes the lock if it is free and says whether it did. It does not wait.
func (l *Lock) TryLock() bool {
	ok := l.tryAcquire()
	if lockDebugging {
		l.debug.tried(ok, "Lock", false)
	}
	return ok
}

// Unlock releases the lock. It panics when the lock is not held; the lock stays
// usable. It does not wait.
func (l *Lock) Unlock() {
	if lockDebugging {
		l.debug.released(false)
	}
	if !l.state.CompareAndSwap(lockHeld, 0) {
		l.releaseSlow()
	}
}

// Locked says whether the lock is held by anybody. The answer may be outdated when
// it arrives, unless it is the caller who holds the lock.
func (l *Lock) Locked() bool { return l.state.Load()&lockHeld != 0 }

// Stats tells how much the lock was fought over. It does not wait.
func (l *Lock) Stats() LockStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.Waiting = l.queue.Len()
	return s
}

// acquire is LockContext without debugging.
func (l *Lock) acquire(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if l.state.CompareAndSwap(0, lockHeld) {
		return nil
	}
	return l.acquireSlow(ctx)
}

// tryAcquire is TryLock without debugging.
func (l *Lock) tryAcquire() bool {
	for s := l.state.Load(); s&lockHeld == 0; s = l.state.Load() {
		if l.state.CompareAndSwap(s, s|lockHeld) {
			return true
		}
	}
	return false
}

// release is Unlock without debugging.
func (l *Lock) release() {
	if !l.state.CompareAndSwap(lockHeld, 0) {
		l.releaseSlow()
	}
}
