//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"fmt"
	"time"
	"unsafe"
)

// Kinds have the rule by which an object of each kind forgets a process. Packages set
// them in init functions.
//
// A rule is called by any number of processes at once, and again after a process that
// called it has died in the middle. words has size bytes, which may be nonsense.
var kinds [256]func(m *Memory, words unsafe.Pointer, size uint64, gone Owner)

// Register sets the rule of a kind of object.
func Register(kind uint32, forget func(m *Memory, words unsafe.Pointer, size uint64, gone Owner)) {
	if kinds[kind] != nil {
		panic(fmt.Sprintf("mem: Register: the kind %d has a rule", kind))
	}
	kinds[kind] = forget
}

// settle is how long a sweep waits first: the other threads of a dying process are
// interrupted by the signal that ended its guardian.
const settle = 20 * time.Microsecond

// Sweep has every object forget the processes that have died. It returns how many this
// process has swept, which others may have done at the same time.
func (m *Memory) Sweep() (n int) {
	for i := range m.Used() {
		s := &m.slots[i]
		o, here := m.Of(i)
		if !here || s.life.Load()&ownerDied == 0 {
			continue
		}
		for begun := time.Now(); time.Since(begun) < settle; {
		}
		m.forget(o)
		if s.state.CompareAndSwap(o.Generation<<1|live, (o.Generation+1)<<1) {
			m.h.deaths.Add(1)
			n++
		}
	}
	return n
}

// forget has every object forget a process.
func (m *Memory) forget(gone Owner) {
	m.each(func(kind uint32, words unsafe.Pointer, size uint64) {
		if kind < uint32(len(kinds)) && kinds[kind] != nil {
			kinds[kind](m, words, size, gone)
		}
	})
}
