package concurrent

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// An RWLock is a lock for any number of readers or one writer, whose waiting can be
// canceled: a sync.RWMutex with contexts. The zero value is unlocked. An RWLock
// must not be copied after its first use. It belongs to no goroutine.
//
// Neither readers nor writers starve. While a writer waits for the readers to
// leave, new readers wait. When it unlocks, the readers that wait by then go before
// the next writer. Writers compete with each other as the users of a [Lock] do.
//
// So a goroutine that holds the lock for reading must not ask for it again. Asking
// for writing waits for its own RUnlock forever. Asking for reading deadlocks if a
// writer came in between. A context ends such a deadlock, and a build with the tag
// lockdebug reports it (see [DebugLocks]).
//
// An uncontended call costs what it costs with a sync.RWMutex. A contended call
// allocates one channel. Waiting is durable in the sense of [testing/synctest].
type RWLock struct {
	debug lockDebug // nothing, unless built with the tag lockdebug

	writers Lock // held by the one writer that waits for the readers or has the lock

	// state counts the goroutines that read, beside the bits below. It changes by
	// comparison only: a goroutine that does not hold the lock is never counted, not for
	// a moment, so that a misuse finds what is true and changes nothing.
	state atomic.Uint32

	mu      sync.Mutex   // guards what follows; never held over a wait
	readers park.Line    // that came while a bit was set
	writer  *park.Waiter // waits for the readers to leave
}

// The bits of RWLock.state. Readers come in while none is set.
const (
	rwClosed = 1 << (29 + iota) // a writer waits for the readers to leave; changes under mu only
	rwHeld                      // a writer has the lock; there are no readers
	rwQueued                    // readers wait, so that mu is needed to open; changes under mu only

	rwReaders = rwClosed - 1 // the count
)

// Lock takes the lock for writing. It blocks until no goroutine reads or writes.
func (rw *RWLock) Lock() {
	if lockDebugging {
		_ = rw.debug.acquire(context.Background(), "RWLock", false, rw.lock)
		return
	}
	_ = rw.lock(context.Background())
}

// LockContext takes the lock for writing and returns nil. It returns
// context.Cause(ctx) when ctx ends first, or is done on entry, even if the lock is
// free.
func (rw *RWLock) LockContext(ctx context.Context) error {
	if lockDebugging {
		return rw.debug.acquire(ctx, "RWLock", false, rw.lock)
	}
	return rw.lock(ctx)
}

// TryLock takes the lock for writing if it is free, and reports whether it did. It
// does not block.
func (rw *RWLock) TryLock() bool {
	ok := rw.writers.tryAcquire()
	if ok && !rw.state.CompareAndSwap(0, rwHeld) {
		rw.writers.release()
		ok = false
	}
	if lockDebugging {
		rw.debug.tried(ok, "RWLock", false)
	}
	return ok
}

// Unlock ends writing. It does not block. It panics when the lock is not held for
// writing.
func (rw *RWLock) Unlock() {
	if lockDebugging {
		rw.debug.released(false)
	}
	if !rw.state.CompareAndSwap(rwHeld, 0) {
		rw.unlockSlow()
	}
	rw.writers.release()
}

// RLock takes the lock for reading. It blocks while a writer holds the lock or
// waits for it.
func (rw *RWLock) RLock() {
	if lockDebugging {
		_ = rw.debug.acquire(context.Background(), "RWLock", true, rw.rlock)
		return
	}
	if s := rw.state.Load(); s >= rwClosed || !rw.state.CompareAndSwap(s, s+1) {
		_ = rw.rlockSlow(context.Background())
	}
}

// RLockContext takes the lock for reading and returns nil. It returns
// context.Cause(ctx) when ctx ends first, or is done on entry, even if the lock is
// free.
func (rw *RWLock) RLockContext(ctx context.Context) error {
	if lockDebugging {
		return rw.debug.acquire(ctx, "RWLock", true, rw.rlock)
	}
	return rw.rlock(ctx)
}

// TryRLock takes the lock for reading unless a writer holds it or waits for it, and
// reports whether it did. It does not block.
func (rw *RWLock) TryRLock() bool {
	ok := rw.tryRLock()
	if lockDebugging {
		rw.debug.tried(ok, "RWLock", true)
	}
	return ok
}

// RUnlock ends reading. It does not block. It panics when the lock is not held for
// reading.
func (rw *RWLock) RUnlock() {
	if lockDebugging {
		rw.debug.released(true)
	}
	if s := rw.state.Load(); s == 0 || s > rwReaders || !rw.state.CompareAndSwap(s, s-1) {
		rw.runlockSlow()
	}
}

// RLocker returns a [sync.Locker] whose Lock and Unlock are RLock and RUnlock.
func (rw *RWLock) RLocker() sync.Locker { return (*rlocker)(rw) }

type rlocker RWLock

func (r *rlocker) Lock()   { (*RWLock)(r).RLock() }
func (r *rlocker) Unlock() { (*RWLock)(r).RUnlock() }

// lock is LockContext without debugging.
func (rw *RWLock) lock(ctx context.Context) error {
	if err := rw.writers.acquire(ctx); err != nil {
		return err
	}
	if rw.state.CompareAndSwap(0, rwHeld) {
		return nil
	}
	return rw.lockSlow(ctx)
}

// lockSlow closes the lock to new readers and waits until the others have left.
func (rw *RWLock) lockSlow(ctx context.Context) error {
	w := park.New(1)
	rw.mu.Lock()
	for {
		s := rw.state.Load()
		if s == 0 {
			if rw.state.CompareAndSwap(0, rwHeld) {
				rw.mu.Unlock()
				return nil
			}
		} else if rw.state.CompareAndSwap(s, s|rwClosed) {
			break
		}
	}
	rw.writer = w
	rw.mu.Unlock()
	if w.Wait(ctx) {
		return nil
	}
	rw.mu.Lock()
	if rw.writer != w { // the last reader was faster
		rw.mu.Unlock()
		return nil
	}
	rw.writer = nil
	rw.open(rwClosed)
	rw.mu.Unlock()
	rw.writers.release()
	return w.Cause(ctx)
}

func (rw *RWLock) unlockSlow() {
	rw.mu.Lock()
	defer rw.mu.Unlock()
	if !rw.open(rwHeld) {
		panic("concurrent: Unlock of an RWLock that is not locked for writing")
	}
}

// rlock is RLockContext without debugging.
func (rw *RWLock) rlock(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s := rw.state.Load(); s < rwClosed && rw.state.CompareAndSwap(s, s+1) {
		return nil
	}
	return rw.rlockSlow(ctx)
}

// tryRLock is TryRLock without debugging.
func (rw *RWLock) tryRLock() bool {
	for s := rw.state.Load(); s < rwClosed; s = rw.state.Load() {
		if rw.state.CompareAndSwap(s, s+1) {
			return true
		}
	}
	return false
}

// rlockSlow waits until the writer has left, if there is one.
func (rw *RWLock) rlockSlow(ctx context.Context) error {
	if rw.tryRLock() {
		return nil
	}
	rw.mu.Lock()
	for {
		s := rw.state.Load()
		if s < rwClosed {
			if rw.state.CompareAndSwap(s, s+1) {
				rw.mu.Unlock()
				return nil
			}
		} else if rw.state.CompareAndSwap(s, s|rwQueued) {
			break
		}
	}
	w := park.New(1)
	rw.readers.Push(w)
	rw.mu.Unlock()
	if w.Wait(ctx) {
		return nil
	}
	rw.mu.Lock()
	gaveUp := rw.readers.Remove(w)
	if gaveUp && rw.readers.Len() == 0 {
		rw.state.And(^uint32(rwQueued))
	}
	rw.mu.Unlock()
	if !gaveUp {
		return nil
	}
	return w.Cause(ctx)
}

// runlockSlow is RUnlock where another reader comes or goes at the same time, or a
// writer waits, which the last reader admits.
func (rw *RWLock) runlockSlow() {
	for {
		s := rw.state.Load()
		if s&rwReaders == 0 {
			panic("concurrent: RUnlock of an RWLock that is not locked for reading")
		}
		if !rw.state.CompareAndSwap(s, s-1) {
			continue
		}
		if s&rwClosed != 0 && s&rwReaders == 1 {
			rw.mu.Lock()
			rw.admitWriter()
			rw.mu.Unlock()
		}
		return
	}
}

// admitWriter lets the writer in when no readers are left; mu is held.
func (rw *RWLock) admitWriter() {
	if s := rw.state.Load(); rw.writer != nil && s&rwReaders == 0 {
		rw.state.Store(s&^rwClosed | rwHeld) // without readers it changes under mu only
		rw.writer.Grant()
		rw.writer = nil
	}
}

// open clears a bit that is rwClosed or rwHeld, and lets in the readers that wait and
// all that come. It returns false when the bit is not set; mu is held.
func (rw *RWLock) open(bit uint32) bool {
	n := uint32(rw.readers.Len())
	for {
		s := rw.state.Load()
		if s&bit == 0 {
			return false
		}
		if rw.state.CompareAndSwap(s, s&rwReaders+n) {
			break
		}
	}
	rw.readers.GrantAll()
	return true
}
