//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package robust

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/fanfold/fanfold/internal/closed"
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

	state  *atomic.Uint64
	passes *atomic.Uint32 // times that a process which waits was passed over
	dead   *atomic.Int32  // the id of the process that died with it last
	line   line
	hall   *Hall

	mirror mirror

	mu      sync.Mutex
	local   list.List[*waiter]
	waiting atomic.Int32 // length of the local line
	streak  int          // times that the lock went from one goroutine here to another

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

// Fairness: a process that waits is passed over so often by others that come later, and
// a lock goes from one goroutine of a process to another so often while others wait.
const (
	maxPasses = 2
	maxStreak = 8
)

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
	return l
}

func lockAt(m *mem.Memory, words unsafe.Pointer) *Lock {
	return &Lock{
		m:      m,
		state:  (*atomic.Uint64)(words),
		passes: (*atomic.Uint32)(unsafe.Add(words, 8)),
		dead:   (*atomic.Int32)(unsafe.Add(words, 12)),
		line:   lineAt(m, unsafe.Add(words, 16)),
	}
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
	if ok, died := l.TryLock(); ok {
		return died, nil
	}
	if err = l.wait(ctx); err != nil {
		return false, err
	}
	l.mirror.acquire()
	return l.state.Load()&diedBit != 0, nil
}

// wait waits for the lock.
func (l *Lock) wait(ctx context.Context) error {
	if !l.hall.begin() {
		return closed.Err
	}
	defer l.hall.end()
	l.contended.Add(1)
	w := &waiter{guest: newGuest()}
	w.place.Value = w
	l.mu.Lock()
	l.local.Push(&w.place)
	l.waiting.Add(1)
	l.line.enlist(l.slot)
	l.mu.Unlock()
	for {
		l.mu.Lock()
		granted, first := w.granted, l.local.First() == &w.place
		l.mu.Unlock()
		switch {
		case granted:
			l.settle()
			return nil
		case first:
			return l.represent(ctx, w)
		}
		select {
		case <-w.guest.call:
		case <-ctx.Done():
			return l.giveUp(context.Cause(ctx), w)
		}
	}
}

// represent waits for the lock as the first of the local line.
func (l *Lock) represent(ctx context.Context, w *waiter) error {
	l.hall.enter(w.guest)
	defer l.hall.leave(w.guest)
	var heir uint64 // the state while another process is the heir
	var since time.Time
	for {
		l.mu.Lock()
		granted := w.granted
		if !granted {
			l.line.enlist(l.slot) // again: a slow sweep may have taken it for the slot's last owner
		}
		l.mu.Unlock()
		bell := l.hall.bell.Load()
		l.line.unmark(l.slot)
		switch {
		case granted:
			l.settle()
			return nil
		case l.take():
			l.remove(w)
			l.settle()
			return nil
		case l.m.Closed():
			return l.giveUp(closed.Err, w)
		case l.m.AnyDead():
			l.m.Sweep()
			continue
		}
		patience := watched
		s := l.state.Load()
		switch {
		case s&handed == 0:
			heir = 0
		case s != heir:
			heir, since = s, time.Now()
			patience = heirPatience
		case time.Since(since) >= heirPatience:
			l.disinherit(s)
			continue
		default:
			patience = heirPatience - time.Since(since)
		}
		if err := l.hall.wait(ctx, w.guest, bell, patience); err != nil {
			return l.giveUp(err, w)
		}
	}
}

// take takes a lock that is free, or that this process was handed.
func (l *Lock) take() bool {
	s := l.state.Load()
	if s&ownerMask != 0 && s&ownerMask != l.self|handed {
		return false
	}
	if !l.state.CompareAndSwap(s, s&diedBit|l.self) {
		return false
	}
	if s&handed != 0 {
		l.handovers.Add(1)
	}
	l.passes.Store(0)
	return true
}

// remove takes w out of the local line. The next one looks then, and if there is none
// the process waits no more.
func (l *Lock) remove(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pop(w)
}

// pop is remove with the lock of the line held.
func (l *Lock) pop(w *waiter) {
	if !l.local.Remove(&w.place) {
		return
	}
	l.waiting.Add(-1)
	if next := l.local.First(); next != nil {
		l.hall.call(next.Value.guest)
	} else {
		l.line.delist(l.slot)
	}
}

// settle takes back a wake-up that this process does not need any more.
func (l *Lock) settle() { l.line.unmark(l.slot) }

// giveUp leaves the line, and passes on what was meant for this process. It returns
// nil if w has the lock by then, and err otherwise.
func (l *Lock) giveUp(err error, w *waiter) error {
	l.mu.Lock()
	granted := w.granted
	if !granted {
		l.pop(w)
	}
	others := l.local.First() != nil
	l.mu.Unlock()
	l.settle()
	switch s := l.state.Load(); {
	case granted:
		return nil
	case others: // they look
	case s&ownerMask == l.self|handed:
		if l.state.CompareAndSwap(s, s&diedBit|l.self) {
			l.release()
		}
	case s&ownerMask == 0:
		l.line.wake()
	}
	l.canceled.Add(1)
	return err
}

// disinherit frees a lock that its heir has not come for.
func (l *Lock) disinherit(s uint64) {
	if l.state.CompareAndSwap(s, s&diedBit) {
		l.line.wake()
	}
}

// Held reports whether this process has the lock.
func (l *Lock) Held() bool { return l.state.Load()&ownerMask == l.self }

// Unlock gives the lock back. It returns false if this process does not have it.
func (l *Lock) Unlock() bool {
	if !l.Held() {
		return false
	}
	l.mirror.release()
	if l.waiting.Load() > 0 && l.grant() {
		return true
	}
	l.release()
	return true
}

// grant gives the lock to the first goroutine of the local line, unless other processes
// have waited long enough.
func (l *Lock) grant() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.local.First()
	if first == nil || l.streak >= maxStreak && l.othersWait() {
		l.streak = 0
		return false
	}
	l.streak++
	w := first.Value
	w.granted = true
	l.pop(w)
	l.hall.call(w.guest)
	return true
}

// othersWait reports whether another process waits.
func (l *Lock) othersWait() bool {
	for slot := range l.m.Used() {
		if slot != l.slot && l.line.waits(slot) {
			return true
		}
	}
	return false
}

// release gives the lock back to all processes. It does nothing if this one does not have
// it any more, because it has left the memory.
func (l *Lock) release() {
	if l.line.any() && l.passes.Add(1) > maxPasses {
		if t := l.line.next(); t >= 0 && l.hand(t) {
			return
		}
	}
	if s := l.state.Load(); s&ownerMask == l.self {
		l.state.CompareAndSwap(s, s&diedBit)
	}
	if l.line.any() {
		l.line.wake()
	}
}

// hand hands the lock to the process in a slot. It returns false, and the lock is this
// process's or free, if that waits no more.
func (l *Lock) hand(t int) bool {
	s := l.state.Load()
	heir, here := l.m.Of(t)
	next := s&diedBit | handed | name(heir)
	if !here || s&ownerMask != l.self || !l.state.CompareAndSwap(s, next) {
		return false
	}
	l.line.turn.Store(uint32(t))
	if l.line.waits(t) {
		ring(l.m, t)
		return true
	}
	l.state.CompareAndSwap(next, next&diedBit)
	return false
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

// ForgetLock has the lock whose bytes lie at words forget a process that is gone: it is
// the rule for objects that begin with a lock.
func ForgetLock(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) {
	if size < uint64(LockSize(m)) {
		return
	}
	l := lockAt(m, words)
	for {
		s := l.state.Load()
		var next uint64
		switch s & ownerMask {
		case name(gone):
			l.dead.Store(int32(m.Pid(gone)))
			next = diedBit
		case name(gone) | handed:
			next = s & diedBit
		default:
			next = s
		}
		if s == next || l.state.CompareAndSwap(s, next) {
			break
		}
	}
	l.line.forget(gone.Slot)
	if s := l.state.Load(); s&handed != 0 {
		if slot := int(s&0xffff) - 1; !l.line.waits(slot) {
			l.state.CompareAndSwap(s, s&diedBit)
		}
	}
	l.line.ringAll()
}
