package concurrent

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// A Lock is a mutex whose waiting can be canceled: threading.Lock and asyncio.Lock.
// It is a [sync.Locker]. The zero value is unlocked. A Lock must not be copied
// after its first use. It belongs to no goroutine: any goroutine may unlock it.
//
// An uncontended call costs what it costs with a sync.Mutex and allocates nothing.
// A contended call allocates one channel. Waiting is durable in the sense of
// [testing/synctest]. (A sync.Mutex that is held over a sleep hangs the bubble.)
//
// Waiting goroutines are woken in the order in which they came. A goroutine that
// comes when the lock is released may take it first, which makes the lock fast.
// After a waiting goroutine was overtaken twice, it is handed the lock. So no
// goroutine waits forever.
//
// In a build with the tag lockdebug, [DebugLocks] reports uses that can deadlock.
type Lock struct {
	debug lockDebug // nothing, unless built with the tag lockdebug

	state atomic.Int32 // of the bits below

	mu    sync.Mutex // guards what follows; held for some instructions, never over a wait
	queue park.Line  // Waiter.N counts how often one was woken in vain
	stats LockStats
}

// LockStats shows the contention of a lock. The counts are totals since the lock
// was made. Uncontended calls are not counted and cost nothing.
type LockStats struct {
	Contended int64 `json:"contended"` // calls that had to wait
	Canceled  int64 `json:"canceled"`  // of these, calls whose context ended
	Handovers int64 `json:"handovers"` // of these, calls that were handed the lock after others had overtaken them
	Waiting   int   `json:"waiting"`   // goroutines that wait now
}

// String returns the statistics with their names.
func (s LockStats) String() string {
	type fields LockStats
	return fmt.Sprintf("%+v", fields(s))
}

// The bits of Lock.state.
const (
	lockHeld     = 1 << iota
	lockQueued   // a goroutine stands in the queue; changes under mu only
	lockWoken    // a goroutine is about to try, so Unlock need not wake one
	lockStarving // Unlock hands the lock over to the first in the queue; implies lockHeld
)

const (
	// lockPatience is how often a waiting goroutine is woken in vain before the lock
	// is handed over.
	lockPatience = 2
	// lockHandedOver as Waiter.N says that the lock came with the grant.
	lockHandedOver = -1

	// A goroutine that finds the lock held looks again this many times before it waits
	// in the queue, with some turns of an empty loop between. A sync.Mutex looks
	// as often, with longer pauses.
	lockSpins     = 4
	lockSpinTurns = 30
)

// Lock takes the lock. It blocks until the lock is free.
func (l *Lock) Lock() {
	if lockDebugging {
		_ = l.debug.acquire(context.Background(), "Lock", false, l.acquire)
		return
	}
	if !l.state.CompareAndSwap(0, lockHeld) {
		_ = l.acquireSlow(context.Background())
	}
}

// LockContext takes the lock and returns nil. It returns context.Cause(ctx) when
// ctx ends first, or is done on entry, even if the lock is free.
func (l *Lock) LockContext(ctx context.Context) error {
	if lockDebugging {
		return l.debug.acquire(ctx, "Lock", false, l.acquire)
	}
	return l.acquire(ctx)
}

// TryLock takes the lock if it is free, and reports whether it did. It does not
// block.
func (l *Lock) TryLock() bool {
	ok := l.tryAcquire()
	if lockDebugging {
		l.debug.tried(ok, "Lock", false)
	}
	return ok
}

// Unlock releases the lock. It does not block. It panics when the lock is not held;
// the lock stays usable.
func (l *Lock) Unlock() {
	if lockDebugging {
		l.debug.released(false)
	}
	if !l.state.CompareAndSwap(lockHeld, 0) {
		l.releaseSlow()
	}
}

// Locked reports whether the lock is held by any goroutine. The answer may be
// outdated when it arrives, unless the caller holds the lock.
func (l *Lock) Locked() bool { return l.state.Load()&lockHeld != 0 }

// Stats returns the statistics of the lock. It does not block.
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
