package robust

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/internal/futex"
	"github.com/fanfold/fanfold/internal/list"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A Hall is where goroutines of this process wait for other processes. Each process has
// one bell in a memory, which the others ring. One of the goroutines, the leader, sleeps
// in the kernel, on the bell and on the lives of the others; the rest wait for the
// leader, in Go. Woken, the leader tells all of them, and one that waits again is the
// next leader.
type Hall struct {
	m      *mem.Memory
	bell   *atomic.Uint32
	asleep *atomic.Uint32

	mu     sync.Mutex
	guests list.List[*Guest]
	leader *Guest
	users  int           // goroutines that wait for an object, in the hall or not
	shut   bool          // no more of them
	empty  chan struct{} // closed when the last of them leaves a hall that is shut
}

// A Guest is a goroutine that waits in a [Hall].
type Guest struct {
	place list.Node[*Guest]
	call  chan struct{} // of capacity 1: look again
}

// halls has the hall of each memory.
var halls sync.Map // of *mem.Memory and *Hall

// hallOf returns the hall of m.
func hallOf(m *mem.Memory) *Hall {
	if h, ok := halls.Load(m); ok {
		return h.(*Hall)
	}
	h := &Hall{m: m}
	h.bell, h.asleep = m.Bell(m.Self().Slot)
	found, _ := halls.LoadOrStore(m, h)
	return found.(*Hall)
}

// Close ends all waits of this process in m, with [ErrClosed], and closes m.
func Close(m *mem.Memory) {
	h := hallOf(m)
	m.Shut()
	h.mu.Lock()
	if !h.shut {
		h.shut, h.empty = true, make(chan struct{})
		if h.users == 0 {
			close(h.empty)
		}
	}
	for n := h.guests.First(); n != nil; n = n.Next() {
		n.Value.tell()
	}
	h.mu.Unlock()
	ring(m, m.Self().Slot)
	<-h.empty
	m.Close()
	halls.Delete(m)
}

// begin lets a goroutine wait for an object, unless the hall is shut.
func (h *Hall) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shut {
		return false
	}
	h.users++
	return true
}

// end ends what begin began.
func (h *Hall) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fewer()
}

// fewer is end with the hall locked.
func (h *Hall) fewer() {
	if h.users--; h.shut && h.users == 0 {
		close(h.empty)
	}
}

// visit is begin and enter in one.
func (h *Hall) visit(g *Guest) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shut {
		return false
	}
	h.users++
	h.guests.Push(&g.place)
	return true
}

// depart is leave and end in one.
func (h *Hall) depart(g *Guest) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.guests.Remove(&g.place)
	h.fewer()
}

func newGuest() *Guest {
	g := &Guest{call: make(chan struct{}, 1)}
	g.place.Value = g
	return g
}

// enter lets a guest in, which is told from then on what the leader hears.
func (h *Hall) enter(g *Guest) {
	h.mu.Lock()
	h.guests.Push(&g.place)
	h.mu.Unlock()
}

func (h *Hall) leave(g *Guest) {
	h.mu.Lock()
	h.guests.Remove(&g.place)
	h.mu.Unlock()
}

// How long a leader sleeps at most before it looks at the lives of the others.
const (
	alone   = time.Millisecond       // on the bell, before it waits for many lives too
	watched = 100 * time.Millisecond // on the bell and the lives
	blind   = 10 * time.Millisecond  // on the bell, where the kernel waits for one word only
)

// many is how many processes make it dear to wait for their lives. Waiting for a few of
// them costs less than a millisecond's timer, which the processor has to be told of.
const many = 16

// wait blocks until the bell has rung since it was read, until another goroutine calls,
// or for so long at most: g looks again then. It returns context.Cause(ctx) when ctx has
// ended.
func (h *Hall) wait(ctx context.Context, g *Guest, bell uint32, patience time.Duration) error {
	h.mu.Lock()
	switch {
	case h.bell.Load() != bell:
		h.mu.Unlock()
	case h.leader == nil && len(g.call) > 0:
		<-g.call
		h.mu.Unlock()
	case h.leader == nil:
		h.leader = g
		h.mu.Unlock()
		h.lead(ctx, g, bell, patience)
	default:
		h.mu.Unlock()
		g.wait(ctx, patience)
		h.m.Cut()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// wait blocks until g is told to look, which the leader does at least as often as it looks
// at the lives. One that has less patience has a timer of its own.
func (g *Guest) wait(ctx context.Context, patience time.Duration) {
	var out <-chan time.Time
	if patience < watched {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		out = timer.C
	}
	select {
	case <-g.call:
	case <-ctx.Done():
	case <-out:
	}
}

// lead sleeps in the kernel for all. A death that wakes it is swept before anything
// else: the kernel has woken no other thread.
func (h *Hall) lead(ctx context.Context, g *Guest, bell uint32, patience time.Duration) {
	stop := context.AfterFunc(ctx, h.ringHere)
	h.asleep.Add(1)
	nap := watched
	if h.m.Used() > many {
		nap = alone
	}
	for begun := time.Now(); ; {
		h.sleep(bell, min(nap, patience-time.Since(begun)), nap > alone)
		nap = watched
		if h.m.Cut() {
			break
		}
		if h.m.AnyDead() {
			h.m.Sweep()
			break
		}
		if h.bell.Load() != bell || time.Since(begun) >= patience || len(g.call) > 0 {
			break
		}
	}
	h.asleep.Add(^uint32(0))
	stop()
	h.pass(g)
}

// pass ends the lead of g, and tells all others. It tells them when it has unlocked the
// hall, which is the first thing that they lock.
func (h *Hall) pass(g *Guest) {
	var few [8]*Guest
	others := few[:0]
	h.mu.Lock()
	h.leader = nil
	for n := h.guests.First(); n != nil; n = n.Next() {
		if n.Value != g {
			others = append(others, n.Value)
		}
	}
	h.mu.Unlock()
	for _, other := range others {
		other.tell()
	}
}

// only is whether the kernel can wait for no more than one word.
var only atomic.Bool

// sleep sleeps on the bell, and on the lives of other processes if that is wanted.
func (h *Hall) sleep(bell uint32, nap time.Duration, lives bool) {
	if nap <= 0 {
		return
	}
	if lives && !only.Load() {
		var all [futex.MaxWords]futex.Word
		words := append(all[:0], futex.Word{Addr: h.bell, Value: bell})
		self := h.m.Self().Slot
		for i := range h.m.Used() {
			if _, here := h.m.Of(i); here && i != self && len(words) < cap(words) {
				word, alive := h.m.Life(i)
				words = append(words, futex.Word{Addr: word, Value: alive})
			}
		}
		if h.m.AnyDead() { // it died before its life was read
			return
		}
		if _, err := futex.WaitAny(words, nap); err == nil {
			return
		}
		only.Store(true)
	}
	if lives {
		nap = min(nap, blind)
	}
	_, _ = futex.Wait(h.bell, bell, nap)
}

// tell has the guest look again.
func (g *Guest) tell() {
	select {
	case g.call <- struct{}{}:
	default: // it is told already
	}
}

// call tells one guest of this process, wherever it waits.
func (h *Hall) call(g *Guest) {
	g.tell()
	h.mu.Lock()
	leads := h.leader == g
	h.mu.Unlock()
	if leads {
		h.ringHere()
	}
}

// ringHere rings the bell of this process.
func (h *Hall) ringHere() { ring(h.m, h.m.Self().Slot) }

// ring rings the bell of the process in a slot.
func ring(m *mem.Memory, slot int) {
	bell, asleep := m.Bell(slot)
	bell.Add(1)
	if asleep.Load() != 0 {
		futex.Wake(bell, futex.All)
	}
}
