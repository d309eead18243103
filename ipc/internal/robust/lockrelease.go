package robust

import (
	"math/bits"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// release gives the lock back. It does nothing if this process does not have it any more,
// because it has left the memory.
func (l *Lock) release() {
	if l.starving.Load() != 0 && l.handOver() {
		return
	}
	if s := l.state.Load(); s&ownerMask == l.self {
		l.state.CompareAndSwap(s, s&diedBit)
	}
	window("released")
	l.pay()
	if l.line.any() {
		l.line.wake()
	}
}

// owe has the process in a slot rung when this process gives the lock back, which it
// holds: that process wants the lock, and would only come to wait for it again.
func (l *Lock) owe(slot int) {
	l.owed[slot/64].Or(1 << (slot % 64))
	l.owes.Store(true)
}

// pay rings the processes that are owed it.
func (l *Lock) pay() {
	if !l.owes.Load() || !l.owes.Swap(false) {
		return
	}
	for i := range l.owed {
		for slots := l.owed[i].Swap(0); slots != 0; slots &= slots - 1 {
			window("paying")
			ring(l.m, i*64+bits.TrailingZeros64(slots))
		}
	}
}

// handOver gives the lock to the process whose turn it is. It returns false, and the lock
// is this process's or free, if none waits.
func (l *Lock) handOver() bool {
	t := l.line.next()
	if t == l.slot {
		return l.grant()
	}
	return t >= 0 && l.hand(t)
}

// grant gives the lock to the first goroutine of the local line.
func (l *Lock) grant() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.local.First()
	if first == nil || !l.Held() {
		return false
	}
	l.line.turn.Store(uint32(l.slot))
	l.starving.Store(0)
	w := first.Value
	w.granted = true
	l.pop(w)
	l.hall.call(w.guest)
	return true
}

// Finish calls f, which changes what the lock guards, unless the memory was closed since
// the lock was taken: then the lock is another's. It reports whether it did. Close waits
// for f.
func (l *Lock) Finish(f func()) bool {
	if !l.hall.begin() {
		return false
	}
	defer l.hall.end()
	f()
	return true
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
	window("handed")
	l.line.turn.Store(uint32(t))
	if l.line.waits(t) {
		ring(l.m, t)
		l.pay()
		return true
	}
	l.state.CompareAndSwap(next, next&diedBit)
	return false
}

// ForgetLock has the lock whose bytes lie at words forget a process that is gone: it is
// the rule for objects that begin with a lock.
func ForgetLock(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) bool {
	if size < uint64(LockSize(m)) {
		return true
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
	return true
}
