//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"fmt"
	"os"
	"sync/atomic"
)

// An Owner is a process in a memory: a slot, and which of the processes that have had it.
type Owner struct {
	Slot       int
	Generation uint64
}

// Self returns this process.
func (m *Memory) Self() Owner { return m.self }

// enter takes a slot for this process, and sweeps. The first slot is for a process that
// finds all others taken, which the dead may have: it sweeps from there, and moves.
func (m *Memory) enter() error {
	return m.guard(func(g *guardian) (int, error) {
		if m.claim(g, 1, len(m.slots)) {
			m.Sweep()
			return 1, nil
		}
		if m.claim(g, 0, 1) {
			m.Sweep()
			waiting := m.self
			moved := m.claim(g, 1, len(m.slots))
			g.leave(&m.slots[0], (waiting.Generation+1)<<1)
			if moved {
				return 1, nil
			}
		}
		return 0, fmt.Errorf("%w: %d processes have it", ErrFull, len(m.slots)-1)
	})
}

// claim takes the first free slot from one to before another.
func (m *Memory) claim(g *guardian, from, to int) bool {
	for i := from; i < to; i++ {
		s := &m.slots[i]
		if g.claim(s) {
			state := s.state.Load()
			m.self = Owner{i, state >> 1}
			s.pid.Store(int32(os.Getpid()))
			s.asleep.Store(0)
			s.began.Store(0)
			if !g.listed {
				s.began.Store(began(os.Getpid()))
				m.h.unlisted.Store(1)
			}
			s.bell.Add(1)
			for top := m.h.top.Load(); top <= uint32(i) && !m.h.top.CompareAndSwap(top, uint32(i+1)); {
				top = m.h.top.Load()
			}
			s.state.Store(state | live)
			return true
		}
	}
	return false
}

// exit gives this process's slot back.
func (m *Memory) exit() {
	_ = m.guard(func(g *guardian) (int, error) {
		g.leave(&m.slots[m.self.Slot], (m.self.Generation+1)<<1)
		return -1, nil
	})
}

// Dead reports whether o has died, or has left the memory.
func (m *Memory) Dead(o Owner) bool {
	m.look()
	s := &m.slots[o.Slot]
	return s.state.Load() != o.Generation<<1|live || s.life.Load()&ownerDied != 0
}

// Here reports whether o has the memory, dead or alive, and was not swept.
func (m *Memory) Here(o Owner) bool { return m.slots[o.Slot].state.Load() == o.Generation<<1|live }

// Pid returns the id of the process, as that process knows it; 0 if it has left.
func (m *Memory) Pid(o Owner) int {
	if !m.Here(o) {
		return 0
	}
	return int(m.slots[o.Slot].pid.Load())
}

// Of returns the process that has a slot now, false if none has.
func (m *Memory) Of(slot int) (Owner, bool) {
	state := m.slots[slot].state.Load()
	return Owner{slot, state >> 1}, state&live != 0
}

// Processes returns how many processes have the memory.
func (m *Memory) Processes() (n int) {
	for i := range m.slots {
		if o, here := m.Of(i); here && !m.Dead(o) {
			n++
		}
	}
	return n
}

// Used returns how many slots were ever taken, from the first one on.
func (m *Memory) Used() int { return min(int(m.h.top.Load()), len(m.slots)) }

// AnyDead reports whether a process has died and was not swept.
func (m *Memory) AnyDead() bool {
	if m.Cut() {
		return false
	}
	m.look()
	for i := range m.Used() {
		s := &m.slots[i]
		if s.life.Load()&ownerDied != 0 && s.state.Load()&live != 0 {
			return true
		}
	}
	return false
}

// Slots returns how many slots there are: one more than processes may have it at a time.
func (m *Memory) Slots() int { return len(m.slots) }

// Bell returns the word that wakes the process in a slot.
func (m *Memory) Bell(slot int) (bell, asleep *atomic.Uint32) {
	s := &m.slots[slot]
	return &s.bell, &s.asleep
}

// Life returns the word in which the kernel notes the death of the process in a slot,
// and the value that it has until then.
func (m *Memory) Life(slot int) (word *atomic.Uint32, alive uint32) {
	s := &m.slots[slot]
	return &s.life, s.life.Load()
}
