package link

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/futex"
	"github.com/fanfold/fanfold/internal/memfd"
)

// A ringPool is the pool's side of a ring: the transport that Linux has. What is
// too large for a slot travels in the pipes that it stands on.
//
// What a worker writes into the ring is never an index, and a length is checked
// after it was copied out: which slot belongs to which call is the pool's own
// knowledge.
type ringPool struct {
	*Pipes
	ring  ring
	bell  bell // the pool's, to sleep on
	other bell // the worker's, to wake it
	over  atomic.Bool
	store callStore

	// Of Post, Withdraw and their like, which are called one at a time.
	next  uint32        // the number of the next call: what slot it takes
	stamp uint32        // of the last call
	taken atomic.Uint32 // the number of the call after the last whose answer was taken
	large bool          // that has the worker to itself
}

// NewRing adds a ring to the pipes, which it owns from then on, and returns the memory
// for the worker, which stays the ring's. The memory has to be reserved: see [Reserve].
// spin says that either side may look for a moment before it sleeps.
func NewRing(p *Pipes, spin bool) (Transport, *os.File, error) {
	r, memory, err := newRing()
	if err != nil {
		return nil, nil, err
	}
	t := &ringPool{Pipes: p, ring: r, bell: newBell(r, ringPoolBell, spin), other: bell{word: r.word(ringWorkerBell)}, store: newCallStore(memory)}
	return t, memory, nil
}

// Post puts a small call into its slot. A large one only takes the slot, and has
// the worker to itself: Answer writes it.
func (t *ringPool) Post(c *Passage, alone bool) bool {
	state, space := t.ring.slot(t.next)
	if s := state.Load() & slotState; s != slotFree && s != slotDone {
		return false // withdrawn, and the worker has not come by yet
	}
	fits := c.Request.fits()
	switch {
	case alone:
		t.taken.Store(t.next)
	case t.large || !fits:
		return false
	case t.next-t.taken.Load() >= ringSlots:
		return false // the slot has an answer that was not taken yet
	}
	t.number(c)
	c.slot, t.large = t.next, !fits
	t.next++
	t.stamp += slotStamp
	c.stamp = t.stamp
	if fits {
		put(space, &c.Request)
		state.Swap(c.stamp | slotQueued)
	}
	return true
}

// Answer writes a large call, and sleeps until the worker has answered it.
func (t *ringPool) Answer(c *Passage) error {
	state, space := t.ring.slot(c.slot)
	switch f := c.Request; {
	case f.fits():
		t.store.level.needs(0)
	case f.storable() && t.store.put(f.Body):
		f.stored = true
		c.sent, c.held = true, true
		put(space, &f)
		state.Swap(c.stamp | slotQueued)
	default:
		if err := f.ship(t.control, c.toGo(), t.sealing); err != nil {
			return err
		}
		c.sent = true
		put(space, &c.Request)
		state.Swap(c.stamp | slotQueued)
		t.other.ring()
		t.Pipes.send(&f)
	}
	// A worker that has not answered the call that leads will not go to sleep
	// before it has come to those behind it: no other goroutine need wake it.
	t.other.ring()
	t.bell.wait(func() bool {
		s := state.Load()
		return s != c.stamp|slotQueued && s != c.stamp|slotStarted || t.over.Load()
	})
	switch s := state.Load(); { // once more: what a worker did last counts, even if it is dead
	case s == c.stamp|slotDone:
		f, size, err := t.take(space)
		switch {
		case err != nil:
		case f.piped:
			f, err = t.receive()
		case f.stored:
			f.Body, err = t.store.answer(size)
			t.ring.word(ringUnread).Store(0)
		}
		if err != nil {
			return err
		}
		t.store.trim()
		t.taken.Store(c.slot + 1)
		return c.accept(f)
	case s == c.stamp|slotQueued || s == c.stamp|slotStarted:
		return io.EOF
	default:
		return fmt.Errorf("%w: a slot's word is %#x", ErrProtocol, s)
	}
}

// Ready looks into the slot. What follows in the pipe is for Answer, since reading may
// block.
func (t *ringPool) Ready(c *Passage) bool {
	state, space := t.ring.slot(c.slot)
	if state.Load() != c.stamp|slotDone {
		return false
	}
	f, _, err := t.take(space)
	if err != nil || f.piped || f.stored || c.accept(f) != nil {
		return false
	}
	t.taken.Store(c.slot + 1)
	return true
}

// take copies an answer out of its slot: what is checked must not change after
// the check. It returns the length of the body as well, which may be elsewhere.
func (t *ringPool) take(space []byte) (f Frame, bodyLen int, err error) {
	head := [headerSize]byte(space)
	f, nameLen, bodyLen, err := parseHeader(&head, t.limit)
	switch {
	case err != nil:
		return Frame{}, 0, err
	case nameLen != 0 || f.Files != 0 || bodyLen > len(space)-headerSize && !f.stored:
		return Frame{}, 0, fmt.Errorf("%w: %d and %d bytes in a slot", ErrProtocol, nameLen, bodyLen)
	}
	if !f.stored {
		f.Body = append([]byte{}, space[headerSize:headerSize+bodyLen]...)
	}
	return f, bodyLen, nil
}

// Withdraw takes a call back by its slot's state, if it is small.
func (t *ringPool) Withdraw(c *Passage) bool {
	state, _ := t.ring.slot(c.slot)
	if !c.Request.fits() {
		if c.sent {
			return false
		}
		t.next-- // the worker has not seen it
		t.large = false
		return true
	}
	if !state.CompareAndSwap(c.stamp|slotQueued, c.stamp|slotWithdrawn) {
		return false
	}
	// The worker passes over it, sooner or later. What it has not come to, and
	// nothing was posted behind, may as well not have been there.
	for range ringSlots {
		last, _ := t.ring.slot(t.next - 1)
		s := last.Load()
		if s&slotState != slotWithdrawn || !last.CompareAndSwap(s, slotFree) {
			break
		}
		t.next--
	}
	return true
}

// Fate looks at the slot's state, or into the pipe.
func (t *ringPool) Fate(c *Passage) (read, started bool) {
	switch {
	case c.Request.fits() || c.held:
		state, _ := t.ring.slot(c.slot)
		started = state.Load() != c.stamp|slotQueued
		return started, started
	case c.sent:
		return t.Pipes.Fate(c)
	}
	return false, false
}

// Ended wakes the goroutine that waits for an answer.
func (t *ringPool) Ended() {
	t.Pipes.Ended()
	t.over.Store(true)
	t.bell.word.Store(awake)
	futex.Wake(t.bell.word, futex.All)
}

// Dismiss says in the ring that there are no more calls.
func (t *ringPool) Dismiss() {
	t.ring.word(ringDismissed).Swap(1)
	t.other.ring()
	t.Pipes.Dismiss()
}

// Close frees the ring and the pipes.
func (t *ringPool) Close() {
	t.Pipes.Close()
	_ = memfd.Unmap(t.ring.mem)
	t.store.memory.Close()
}
