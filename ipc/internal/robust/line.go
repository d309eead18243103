package robust

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A line is which processes wait for an object: in its memory, woken and turn, and a
// bit for each slot. At most one of the processes is woken at a time, and it passes on
// what is left when it has taken what it wants.
type line struct {
	m     *mem.Memory
	woken *atomic.Uint32  // the slot + 1 of a process that is to look, 0 for none
	turn  *atomic.Uint32  // the slot that was woken last
	bits  []atomic.Uint64 // the slots of the processes that wait
}

// lineSize returns the bytes of a line.
func lineSize(m *mem.Memory) int { return 8 + (m.Slots()+63)/64*8 }

// lineAt returns the line whose bytes lie at words.
func lineAt(m *mem.Memory, words unsafe.Pointer) line {
	return line{
		m:     m,
		woken: (*atomic.Uint32)(words),
		turn:  (*atomic.Uint32)(unsafe.Add(words, 4)),
		bits:  unsafe.Slice((*atomic.Uint64)(unsafe.Add(words, 8)), (m.Slots()+63)/64),
	}
}

func (l *line) enlist(slot int) { l.bits[slot/64].Or(1 << (slot % 64)) }
func (l *line) delist(slot int) { l.bits[slot/64].And(^uint64(1 << (slot % 64))) }

func (l *line) waits(slot int) bool {
	return uint(slot) < uint(len(l.bits)*64) && l.bits[slot/64].Load()&(1<<(slot%64)) != 0
}

// unmark takes back a wake-up of the process in a slot.
func (l *line) unmark(slot int) { l.woken.CompareAndSwap(uint32(slot+1), 0) }

// any reports whether a process waits.
func (l *line) any() bool { return l.bits[0].Load() != 0 || l.m.Used() > 64 && l.beyond() }

// beyond is any for the slots from 64 on.
func (l *line) beyond() bool {
	for i := 1; i < len(l.bits); i++ {
		if l.bits[i].Load() != 0 {
			return true
		}
	}
	return false
}

// count returns how many processes wait.
func (l *line) count() (n int) {
	for i := range l.bits {
		n += bits.OnesCount64(l.bits[i].Load())
	}
	return n
}

// next returns the slot of the next process that waits, in turn, or −1.
func (l *line) next() int {
	begin := int(l.turn.Load()+1) % (len(l.bits) * 64)
	for i := range len(l.bits) + 1 {
		at := (begin/64 + i) % len(l.bits)
		word := l.bits[at].Load()
		if i == 0 {
			word &= ^uint64(0) << (begin % 64)
		}
		if word != 0 {
			return at*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// wake wakes the next process that waits, unless one is woken already.
func (l *line) wake() {
	for l.woken.Load() == 0 {
		t := l.next()
		if t < 0 || !l.woken.CompareAndSwap(0, uint32(t+1)) {
			return
		}
		window("marked")
		l.turn.Store(uint32(t))
		if l.waits(t) {
			ring(l.m, t)
			return
		}
		l.unmark(t) // it has left, and may not have seen that it was woken
	}
}

// forget takes a process that is gone out of the line.
func (l *line) forget(slot int) {
	l.delist(slot)
	woken := l.woken.Load()
	if woken != 0 && !l.waits(int(woken-1)) {
		l.woken.CompareAndSwap(woken, 0)
	}
}

// ringAll rings all processes that wait: the one that is gone may have owed any of them
// a wake-up.
func (l *line) ringAll() {
	for slot := range min(l.m.Used(), len(l.bits)*64) {
		if l.waits(slot) {
			window("ringing")
			ring(l.m, slot)
		}
	}
}
