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

	// state counts the readers, less rwClosed while a writer holds the lock or waits
	// for the readers to leave, less rwClosed once more while readers wait. Readers
	// come by one atomic addition; one that finds the result negative looks again under
	// mu. They go by a comparison. -rwClosed is a writer that no reader disturbs.
	state atomic.Int32

	mu      sync.Mutex   // guards what follows; never held over a wait
	readers park.Line    // that came while it was closed; they are not counted in state
	writer  *park.Waiter // waits for the readers to leave
}

const rwClosed = 1 << 29

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
	if ok && !rw.state.CompareAndSwap(0, -rwClosed) {
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
	if !rw.state.CompareAndSwap(-rwClosed, 0) {
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
	if rw.state.Add(1) < 0 {
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
	ok := false
	for s := rw.state.Load(); s >= 0 && !ok; s = rw.state.Load() {
		ok = rw.state.CompareAndSwap(s, s+1)
	}
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
	if s := rw.state.Load(); s <= 0 || !rw.state.CompareAndSwap(s, s-1) {
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
	if rw.state.CompareAndSwap(0, -rwClosed) {
		return nil
	}
	return rw.lockSlow(ctx)
}

// lockSlow closes the lock to new readers and waits until the others have left.
func (rw *RWLock) lockSlow(ctx context.Context) error {
	rw.mu.Lock()
	if rw.state.Add(-rwClosed) == -rwClosed {
		rw.mu.Unlock()
		return nil
	}
	w := park.New(1)
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
	rw.open()
	rw.mu.Unlock()
	rw.writers.release()
	return context.Cause(ctx)
}

func (rw *RWLock) unlockSlow() {
	rw.mu.Lock()
	defer rw.mu.Unlock()
	if rw.state.Load() >= 0 || rw.writer != nil {
		panic("concurrent: Unlock of an RWLock that is not locked for writing")
	}
	rw.open()
}

// rlock is RLockContext without debugging.
func (rw *RWLock) rlock(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if rw.state.Add(1) >= 0 {
		return nil
	}
	return rw.rlockSlow(ctx)
}

// rlockSlow waits until the writer has left. The caller is counted as a reader and
// no longer is once it waits. While it is counted, no goroutine opens the lock without mu.
func (rw *RWLock) rlockSlow(ctx context.Context) error {
	rw.mu.Lock()
	if rw.state.Load() >= 0 {
		rw.mu.Unlock()
		return nil
	}
	uncounted := int32(-1)
	if rw.readers.Len() == 0 {
		uncounted -= rwClosed
	}
	rw.state.Add(uncounted)
	w := park.New(1)
	rw.readers.Push(w)
	rw.admitWriter()
	rw.mu.Unlock()
	if w.Wait(ctx) {
		return nil
	}
	rw.mu.Lock()
	defer rw.mu.Unlock()
	if !rw.readers.Remove(w) {
		return nil
	}
	if rw.readers.Len() == 0 {
		rw.state.Add(rwClosed)
	}
	return context.Cause(ctx)
}

// runlockSlow is RUnlock where another reader comes or goes at the same time, or a
// writer waits, which the last reader admits. It compares rather than to subtract and
// look: a goroutine that does not read would count for a moment as a reader less than
// there are, and a writer could come in beside the last.
func (rw *RWLock) runlockSlow() {
	for {
		s := rw.state.Load()
		switch s {
		case 0, -rwClosed, -2 * rwClosed:
			panic("concurrent: RUnlock of an RWLock that is not locked for reading")
		}
		if !rw.state.CompareAndSwap(s, s-1) {
			continue
		}
		if s < 0 {
			rw.mu.Lock()
			rw.admitWriter()
			rw.mu.Unlock()
		}
		return
	}
}

// admitWriter lets the writer in when no readers are left; mu is held.
func (rw *RWLock) admitWriter() {
	if s := rw.state.Load(); rw.writer != nil && (s == -rwClosed || s == -2*rwClosed) {
		rw.writer.Grant()
		rw.writer = nil
	}
}

// open lets in the readers that wait, and all that come; mu is held.
func (rw *RWLock) open() {
	n := int32(rw.readers.Len())
	if n > 0 {
		n += rwClosed
	}
	rw.state.Add(n + rwClosed)
	rw.readers.GrantAll()
}
