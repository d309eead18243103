package concurrent

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
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
	queue waiters    // waiter.n counts how often one was woken in vain
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
	// lockHandedOver as waiter.n says that the lock came with the grant.
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
	s.Waiting = l.queue.len
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

// acquireSlow spins a little, waits in the queue, and again when it was woken in
// vain.
func (l *Lock) acquireSlow(ctx context.Context) error {
	var w *waiter
	var woken int32 // lockWoken while that bit stands for this goroutine
	spins := 0
	for {
		s := l.state.Load()
		switch {
		case s&lockHeld == 0:
			if l.state.CompareAndSwap(s, (s|lockHeld)&^woken) {
				return nil
			}
			continue
		case s&lockStarving == 0 && spins < lockSpins && cores.Load() > 1:
			if woken == 0 && s&(lockQueued|lockWoken) == lockQueued &&
				l.state.CompareAndSwap(s, s|lockWoken) {
				woken = lockWoken
			}
			for range lockSpinTurns {
			}
			spins++
			continue
		}
		if w == nil {
			w = newWaiter(0)
			countCores()
		} else {
			w.n++
		}
		if l.enqueue(w, woken) {
			return nil
		}
		if !w.wait(ctx) {
			return l.giveUp(ctx, w)
		}
		if w.n == lockHandedOver {
			return nil
		}
		woken, spins = lockWoken, 0
	}
}

// enqueue puts w into the queue, in its old place at the front if it was woken in
// vain, or takes the lock and returns true if it has become free.
func (l *Lock) enqueue(w *waiter, woken int32) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		s := l.state.Load()
		next := (s | lockHeld) &^ woken
		if s&lockHeld != 0 {
			next |= lockQueued
			if w.n >= lockPatience {
				next |= lockStarving
			}
		}
		if !l.state.CompareAndSwap(s, next) {
			continue
		}
		if s&lockHeld == 0 {
			return true
		}
		if w.n == 0 {
			l.stats.Contended++
			l.queue.push(w)
		} else {
			l.queue.pushFirst(w)
		}
		return false
	}
}

// giveUp ends the wait of w, whose ctx has ended.
func (l *Lock) giveUp(ctx context.Context, w *waiter) error {
	l.mu.Lock()
	listed := l.queue.remove(w)
	if listed {
		l.stats.Canceled++
		l.settle()
	}
	l.mu.Unlock()
	if !listed && w.n == lockHandedOver {
		return nil
	}
	// One who was woken holds the wake-up that an Unlock had to give. It takes the
	// lock, or takes back the bit that keeps the next Unlock from waking another.
	for !listed {
		s := l.state.Load()
		if s&lockHeld == 0 {
			if l.state.CompareAndSwap(s, (s|lockHeld)&^lockWoken) {
				return nil
			}
		} else if l.state.CompareAndSwap(s, s&^lockWoken) {
			l.mu.Lock()
			l.stats.Canceled++
			l.mu.Unlock()
			break
		}
	}
	return context.Cause(ctx)
}

// settle makes the bits right after somebody left the queue; mu is held.
func (l *Lock) settle() {
	switch first := l.queue.first; {
	case first == nil:
		l.state.And(^(lockQueued | lockStarving))
	case first.n < lockPatience:
		l.state.And(^lockStarving)
	}
}

// releaseSlow releases a lock that somebody waits for, or that is not held.
func (l *Lock) releaseSlow() {
	for {
		s := l.state.Load()
		switch {
		case s&lockHeld == 0:
			panic("concurrent: Unlock of an unlocked Lock")
		case s&lockStarving != 0:
			if l.wakeFirst(true) {
				return
			}
		case s&(lockQueued|lockWoken) == lockQueued:
			if l.state.CompareAndSwap(s, s&^lockHeld|lockWoken) {
				l.wakeFirst(false)
				return
			}
		default:
			if l.state.CompareAndSwap(s, s&^lockHeld) {
				return
			}
		}
	}
}

// wakeFirst wakes the first in the queue and, if handover, gives it the lock,
// which the caller holds. It returns false when nobody is left, since all have
// given up.
func (l *Lock) wakeFirst(handover bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.queue.pop()
	l.settle()
	switch {
	case w == nil && !handover:
		l.state.And(^lockWoken)
	case w != nil && handover:
		l.stats.Handovers++
		w.n = lockHandedOver
	}
	if w != nil {
		w.grant()
	}
	return w != nil
}

// cores is GOMAXPROCS, for those who spin: without a second core nothing changes
// meanwhile. The runtime takes a lock of its own to tell, so it is asked only by
// those who are about to wait anyway.
var cores atomic.Int32

func init() { countCores() }

func countCores() {
	if n := int32(runtime.GOMAXPROCS(0)); n != cores.Load() {
		cores.Store(n)
	}
}
