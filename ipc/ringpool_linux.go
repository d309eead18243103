package ipc

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A ringPool is the pool's side of a ring: the transport that Linux has. What is
// too large for a slot travels in the pipes that it stands on.
//
// What a worker writes into the ring is never an index, and a length is checked
// after it was copied out: which slot belongs to which call is the pool's own
// knowledge.
type ringPool struct {
	*pipes
	ring  ring
	bell  bell // the pool's, to sleep on
	other bell // the worker's, to wake it
	over  atomic.Bool

	// Guarded by pool.mu.
	next uint32 // the number of the next call: what slot it takes
}

// newRingPool adds a ring to the pipes, and returns the descriptor for the
// worker. It has the worker's processor to itself if there are more processors
// than workers.
func newRingPool(p *pipes, workers int) (transport, *os.File, error) {
	r, fd, err := newRing()
	if err != nil {
		return nil, nil, err
	}
	if workers+1 < runtime.NumCPU() {
		r.word(ringSpin).Store(1)
	}
	t := &ringPool{pipes: p, ring: r, bell: newBell(r, ringPoolBell), other: bell{word: r.word(ringWorkerBell)}}
	return t, os.NewFile(uintptr(fd), "ring"), nil
}

// post puts a small call into its slot. A large one only takes the slot, and has
// the worker to itself: answer writes it.
func (t *ringPool) post(c *pending) bool {
	state, space := t.ring.slot(t.next)
	if s := state.Load(); s != slotFree && s != slotDone {
		return false // withdrawn, and the worker has not come by yet
	}
	c.slot = t.next
	t.next++
	f := c.frame()
	if !f.fits() {
		return true
	}
	put(space, &f)
	state.Store(slotQueued)
	t.other.ring()
	return true
}

func (t *ringPool) answer(c *pending) (frame, error) {
	state, space := t.ring.slot(c.slot)
	if f := c.frame(); !f.fits() {
		if !c.taken.CompareAndSwap(false, true) {
			return frame{}, errWithdrawn
		}
		put(space, &f)
		state.Store(slotQueued)
		t.other.ring()
		t.pipes.send(&f)
	}
	t.bell.wait(func() bool {
		s := state.Load()
		return s != slotQueued && s != slotStarted || t.over.Load()
	})
	over := t.over.Load() // before the state: the last thing that a worker did counts
	switch s := state.Load(); {
	case s == slotDone:
		f, err := t.take(space)
		if err == nil && f.piped {
			f, err = readFrame(t.replies, t.limit, nil)
		}
		return f, err
	case over:
		return frame{}, io.EOF
	default:
		return frame{}, fmt.Errorf("%w: state %d of a slot", errProtocol, s)
	}
}

// take copies an answer out of its slot: what is checked must not change after
// the check.
func (t *ringPool) take(space []byte) (frame, error) {
	head := [headerSize]byte(space)
	f, nameLen, bodyLen, err := parseHeader(&head, t.limit)
	switch {
	case err != nil:
		return frame{}, err
	case nameLen != 0 || bodyLen > len(space)-headerSize:
		return frame{}, fmt.Errorf("%w: %d and %d bytes in a slot", errProtocol, nameLen, bodyLen)
	}
	f.body = make([]byte, bodyLen)
	copy(f.body, space[headerSize:])
	return f, nil
}

func (t *ringPool) withdraw(c *pending) bool {
	state, _ := t.ring.slot(c.slot)
	if f := c.frame(); !f.fits() {
		if !c.taken.CompareAndSwap(false, true) {
			return false
		}
		state.Store(slotWithdrawn) // it was never queued
		t.other.ring()
		return true
	}
	return state.CompareAndSwap(slotQueued, slotWithdrawn)
}

func (t *ringPool) fate(c *pending) ending {
	state, _ := t.ring.slot(c.slot)
	switch f := c.frame(); {
	case !f.fits() && !c.taken.Load():
		return untouched
	case !f.fits():
		return t.pipes.fate(c)
	case state.Load() == slotQueued:
		return untouched
	}
	return diedRunning
}

func (t *ringPool) ended() {
	t.pipes.ended()
	t.over.Store(true)
	t.bell.word.Store(awake)
	futexWake(t.bell.word)
}

func (t *ringPool) dismiss() {
	t.ring.word(ringDismissed).Store(1)
	t.other.ring()
	t.pipes.dismiss()
}

func (t *ringPool) close() {
	t.pipes.close()
	_ = unix.Munmap(t.ring.mem)
}
