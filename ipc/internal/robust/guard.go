package robust

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/fanfold/fanfold/internal/futex"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A guarded is words of an object that change together. One process at a time is at
// them, in a [section] of some fifty instructions without a call of foreign code. What a
// section changes is written into a redo record first. So it happens whole or not at
// all: whoever takes the guard of a dead process writes the record again.
//
// In its memory: the guard and the length of the record, the record, the words.
type guarded struct {
	m      *mem.Memory
	me     uint32
	guard  *atomic.Uint32
	length *atomic.Uint32 // of the record; setting it is the commit
	record []entry
	words  []atomic.Uint64
	mirror *mirror

	mu     sync.Mutex // one goroutine of this process at a time
	inside section    // of that one, or of a sweep
	aside  section    // which changes nothing: see peek
}

// An entry of the record is an index of words, and the value that the word gets. It is
// written before the commit, and read by others after its process has ended only.
type entry struct{ at, value uint64 }

// The guard is 0, or a process: its slot + 1, and the low bits of the slot's generation.
const (
	guardSlot       = 1<<11 - 1
	guardWaited     = 1 << 11 // somebody sleeps on the guard
	guardGeneration = 12
)

func guardName(o mem.Owner) uint32 { return uint32(o.Slot+1) | uint32(o.Generation)<<guardGeneration }

// guardedSize returns the bytes of a guarded object of so many words, of which a section
// changes so many.
func guardedSize(changes, words int) int { return 8 + 16*changes + 8*words }

// at makes g the guarded object whose bytes lie at p.
func (g *guarded) at(m *mem.Memory, p unsafe.Pointer, changes, words int) {
	g.m, g.me = m, guardName(m.Self())
	g.guard = (*atomic.Uint32)(p)
	g.length = (*atomic.Uint32)(unsafe.Add(p, 4))
	g.record = unsafe.Slice((*entry)(unsafe.Add(p, 8)), changes)
	g.words = unsafe.Slice((*atomic.Uint64)(unsafe.Add(p, 8+16*changes)), words)
	g.mirror = new(mirror)
	g.inside.g, g.aside.g = g, g
}

// How long a process waits for the guard: it looks for so long, then it sleeps for so
// long at a time.
const (
	guardLooks = 100
	guardNap   = time.Millisecond
)

// guardPatience is how long a call that must not wait, and a sweep, wait for the guard of
// a process that lives. Only one that was stopped in a section lets it pass.
const guardPatience = 10 * time.Millisecond

// enter takes the guard. It returns false when ctx ends first, or the patience, unless
// that is 0. sweeping says that this goroutine puts in order what the dead have left.
func (g *guarded) enter(ctx context.Context, patience time.Duration, sweeping bool) bool {
	var begun time.Time
	for looks := 0; ; looks++ {
		w := g.guard.Load()
		switch owner := w &^ guardWaited; {
		case owner == 0:
			if g.guard.CompareAndSwap(w, g.me|w) {
				return true
			}
			continue
		case g.gone(owner), sweeping && g.dead(owner):
			if g.guard.CompareAndSwap(w, g.me|w&guardWaited) {
				g.redo()
				return true
			}
			continue
		case g.dead(owner):
			g.m.Sweep()
		}
		if looks < guardLooks {
			continue
		}
		if begun.IsZero() {
			begun = time.Now()
		}
		if ctx.Err() != nil || patience > 0 && time.Since(begun) > patience {
			return false
		}
		if w&guardWaited != 0 || g.guard.CompareAndSwap(w, w|guardWaited) {
			_, _ = futex.Wait(g.guard, w|guardWaited, guardNap)
		}
	}
}

// dead reports whether an owner of the guard has died and was not swept.
func (g *guarded) dead(owner uint32) bool {
	o, here := g.m.Of(int(owner&guardSlot) - 1)
	return here && guardName(o) == owner && g.m.Dead(o)
}

// gone reports whether an owner of the guard has left the memory, or cannot have had it.
// If its process still runs, it changes nothing any more: see begin.
func (g *guarded) gone(owner uint32) bool {
	slot := int(owner&guardSlot) - 1
	if slot < 0 || slot >= g.m.Slots() {
		return true
	}
	o, _ := g.m.Of(slot)
	return guardName(o) != owner
}

// exit gives the guard back, unless another process has taken it since this one has left
// the memory.
func (g *guarded) exit() {
	if g.guard.CompareAndSwap(g.me, 0) {
		return
	}
	if g.guard.CompareAndSwap(g.me|guardWaited, 0) {
		futex.Wake(g.guard, 1)
	}
}

// redo writes the record again.
func (g *guarded) redo() {
	n := min(int(g.length.Load()), len(g.record))
	g.write(n)
	g.length.Swap(0)
}

// write writes the first n words of the record. These stores are plain ones, which cost a
// third of atomic ones: the guard and the length, which are atomic, order them for others.
func (g *guarded) write(n int) {
	for i := range n {
		e := &g.record[i]
		if at := e.at; at < uint64(len(g.words)) {
			*(*uint64)(unsafe.Pointer(&g.words[at])) = e.value
		}
		window("written")
	}
}

// A section is a change of the words of a guarded object.
type section struct {
	g *guarded
	n int // entries of the record
}

// begin begins a section, which end ends. It waits for other sections, and for as long
// as a process that was stopped in one stays so, until ctx ends. It returns false when ctx
// has ended or the memory was closed.
func (g *guarded) begin(ctx context.Context) (*section, bool) { return g.beginFor(ctx, 0) }

// beginPatiently is begin for calls that have no ctx and must happen.
func (g *guarded) beginPatiently() (*section, bool) { return g.beginFor(context.Background(), 0) }

// beginSoon is begin for calls that must not wait.
func (g *guarded) beginSoon() (*section, bool) {
	return g.beginFor(context.Background(), guardPatience)
}

func (g *guarded) beginFor(ctx context.Context, patience time.Duration) (*section, bool) {
	g.mu.Lock()
	if !g.enter(ctx, patience, false) {
		g.mu.Unlock()
		return nil, false
	}
	if g.m.Closed() { // meanwhile: this process has no slot any more
		g.exit()
		g.mu.Unlock()
		return nil, false
	}
	g.mirror.acquire()
	window("entered")
	return &g.inside, true
}

// beginSweep is begin for the rule that forgets a process. It gives up soon: a process
// that was stopped in a section must not keep others from sweeping the rest. It returns
// false, too, if the process is forgotten by then: its slot may have the next owner, of
// whom nothing must be taken.
func (g *guarded) beginSweep(gone mem.Owner) (*section, bool) {
	if !g.enter(context.Background(), guardPatience, true) {
		return nil, false
	}
	if !g.m.Here(gone) {
		g.exit()
		return nil, false
	}
	window("sweeping")
	return &g.inside, true
}

// endSweep ends a section that beginSweep began.
func (s *section) endSweep() {
	s.commit()
	s.g.exit()
}

// end commits the changes, and gives the guard back.
func (s *section) end() {
	s.commit()
	s.g.mirror.release()
	s.g.exit()
	s.g.mu.Unlock()
}

func (s *section) commit() {
	if s.n == 0 {
		return
	}
	window("recorded")
	s.g.length.Swap(uint32(s.n))
	window("committed")
	s.g.write(s.n)
	s.g.length.Swap(0)
	window("erased")
	s.n = 0
}

// get returns the word at an index, as the section has changed it.
func (s *section) get(at int) uint64 {
	for i := s.n - 1; i >= 0; i-- {
		if e := &s.g.record[i]; e.at == uint64(at) {
			return e.value
		}
	}
	return s.was(at)
}

// was returns the word at an index, as it was before the section.
func (s *section) was(at int) uint64 { return s.g.words[at].Load() }

// set changes the word at an index.
func (s *section) set(at int, value uint64) {
	for i := range s.n {
		if e := &s.g.record[i]; e.at == uint64(at) {
			e.value = value
			return
		}
	}
	s.first(at, value)
}

// first is set for a word that the section has not changed yet. It does not look whether
// it has, which costs as much as all else where there are many.
func (s *section) first(at int, value uint64) {
	s.g.record[s.n] = entry{uint64(at), value}
	s.n++
}

func (s *section) add(at int, delta uint64) { s.set(at, s.get(at)+delta) }

// peek returns the words as they are, outside of any section.
func (g *guarded) peek() *section { return &g.aside }
