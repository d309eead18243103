package robust

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/fanfold/fanfold/internal/list"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A Lock is a lock between processes. Its state is one word: a process, and whether that
// has the lock or was handed it. Goroutines of one process wait in a local line, whose
// first represents the process.
type Lock struct {
	m    *mem.Memory
	self uint64
	slot int

	state    *atomic.Uint64
	starving *atomic.Uint32 // 1 if a goroutine has waited so long that the lock is handed over
	dead     *atomic.Int32  // the id of the process that died with it last
	line     line
	hall     *Hall

	mirror mirror

	owes atomic.Bool     // some of owed
	owed []atomic.Uint64 // processes that are rung when the lock is free, a bit for each slot

	mu      sync.Mutex
	local   list.List[*waiter]
	waiting atomic.Int32 // length of the local line

	contended, canceled, handovers atomic.Int64
}

// Stats count what happened to the calls of Lock in this process.
type Stats struct {
	Contended, Canceled, Handovers int64
	Waiting                        int
}

// Stats returns the statistics.
func (l *Lock) Stats() Stats {
	return Stats{l.contended.Load(), l.canceled.Load(), l.handovers.Load(), int(l.waiting.Load())}
}

// A waiter is a goroutine in the local line.
type waiter struct {
	place   list.Node[*waiter]
	begun   time.Time // of a lock
	guest   *Guest
	granted bool // it has the lock, which the process had; under the lock of the line
}

// A state is the slot of a process + 1, flags, and the generation of the slot.
const (
	handed     = 1 << 16 // the process may take the lock, and no other
	diedBit    = 1 << 17 // an owner died with it
	generation = 18      // where the generation begins
	ownerMask  = ^uint64(diedBit)
)

// fair is how long others may overtake a goroutine that waits. A lock that always went to
// who waits would cost a switch between processes each time that it is given back.
const fair = time.Millisecond

// heirPatience is how long a process that was handed a lock may take to come.
const heirPatience = 10 * time.Millisecond

func name(o mem.Owner) uint64 { return uint64(o.Slot+1) | o.Generation<<generation }

// LockSize returns the bytes of a lock.
func LockSize(m *mem.Memory) int { return 16 + lineSize(m) }

// LockAt returns the lock whose bytes lie at words. They are zero for a new lock. Each
// process has one Lock for them.
func LockAt(m *mem.Memory, words unsafe.Pointer) *Lock {
	l := lockAt(m, words)
	l.self, l.slot, l.hall = name(m.Self()), m.Self().Slot, hallOf(m)
	l.owed = make([]atomic.Uint64, len(l.line.bits))
	return l
}

func lockAt(m *mem.Memory, words unsafe.Pointer) *Lock {
	return &Lock{
		m:        m,
		state:    (*atomic.Uint64)(words),
		starving: (*atomic.Uint32)(unsafe.Add(words, 8)),
		dead:     (*atomic.Int32)(unsafe.Add(words, 12)),
		line:     lineAt(m, unsafe.Add(words, 16)),
	}
}

// Take takes the lock if it is free and nobody has died with it. It is TryLock for the
// case that nearly every call is.
func (l *Lock) Take() bool {
	if !l.state.CompareAndSwap(0, l.self) {
		return false
	}
	if l.m.Closed() { // meanwhile, and nobody would find this process any more
		l.release()
		return false
	}
	l.mirror.acquire()
	return true
}

// TryLock takes the lock if it is free. died says that an owner has died with it.
func (l *Lock) TryLock() (ok, died bool) {
	s := l.state.Load()
	if s&ownerMask != 0 || !l.state.CompareAndSwap(s, s|l.self) {
		return false, s&diedBit != 0
	}
	if l.m.Closed() { // meanwhile, and nobody would find this process any more
		l.release()
		return false, s&diedBit != 0
	}
	l.mirror.acquire()
	return true, s&diedBit != 0
}

// Lock blocks until this process has the lock, or until ctx ends. died says that an
// owner has died with it, and nobody has called [Lock.MarkConsistent] since.
func (l *Lock) Lock(ctx context.Context) (died bool, err error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if l.Take() {
		return false, nil
	}
	if ok, died := l.TryLock(); ok {
		return died, nil
	}
	if err = l.wait(ctx); err != nil {
		return false, err
	}
	l.mirror.acquire()
	return l.state.Load()&diedBit != 0, nil
}

// Held reports whether this process has the lock.
func (l *Lock) Held() bool { return l.state.Load()&ownerMask == l.self }

// Unlock gives the lock back. It returns false if this process does not have it.
func (l *Lock) Unlock() bool {
	if !l.Held() {
		return false
	}
	l.mirror.release()
	l.release()
	return true
}

// MarkConsistent says that what the lock guards is in order again. It returns false if
// this process does not have the lock.
func (l *Lock) MarkConsistent() bool {
	if !l.Held() {
		return false
	}
	l.state.And(^uint64(diedBit))
	return true
}

// Dead returns the id of the process that died with the lock last.
func (l *Lock) Dead() int { return int(l.dead.Load()) }

// Locked reports whether a process has the lock, or was handed it.
func (l *Lock) Locked() bool { return l.state.Load()&ownerMask != 0 }

// Holder returns the process that has the lock, or was handed it.
func (l *Lock) Holder() (mem.Owner, bool) {
	s := l.state.Load() & ownerMask
	slot := int(s&0xffff) - 1
	if slot < 0 || slot >= l.m.Slots() {
		return mem.Owner{}, false
	}
	return mem.Owner{Slot: slot, Generation: s >> generation}, true
}
