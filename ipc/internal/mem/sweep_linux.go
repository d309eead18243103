//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"fmt"
	"maps"
	"slices"
	"time"
	"unsafe"
)

// Kinds have the rule by which an object of each kind forgets a process. Packages set
// them in init functions.
//
// A rule is called by any number of processes at once, and again after a process that
// called it has died in the middle. words has size bytes, which may be nonsense. It
// returns false if it could not do it now: it is called again then.
var kinds [256]Rule

// A Rule is how an object forgets a process.
type Rule func(m *Memory, words unsafe.Pointer, size uint64, gone Owner) bool

// Register sets the rule of a kind of object.
func Register(kind uint32, forget Rule) {
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
	m.present.RLock()
	defer m.present.RUnlock()
	if m.left.Load() || m.Cut() {
		return 0
	}
	for i := range m.Used() {
		s := &m.slots[i]
		o, here := m.Of(i)
		if !here || s.life.Load()&ownerDied == 0 {
			continue
		}
		for begun := time.Now(); time.Since(begun) < settle; {
		}
		if !m.forget(o) {
			continue // its death is still to be seen, by the next that looks
		}
		if s.state.CompareAndSwap(o.Generation<<1|live, (o.Generation+1)<<1) {
			m.h.deaths.Add(1)
			n++
		}
	}
	return n
}

// SweepAll sweeps all memories of this process in which somebody has died.
func SweepAll() {
	memories.Lock()
	all := slices.Collect(maps.Values(memories.byID))
	memories.Unlock()
	for _, m := range all {
		if m.AnyDead() {
			m.Sweep()
		}
	}
}

// forget has every object forget a process, and reports whether all have.
func (m *Memory) forget(gone Owner) bool {
	all := true
	m.each(func(offset uint64, o known) {
		if o.kind >= uint32(len(kinds)) || kinds[o.kind] == nil {
			return
		}
		if !kinds[o.kind](m, m.words(offset), o.size, gone) {
			all = false
		}
	})
	return all
}
