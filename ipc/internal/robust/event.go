package robust

import (
	"context"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// An Event is a flag between processes. Its state is one word: whether it is set, and
// how often it was. No process owns anything in it.
type Event struct {
	m     *mem.Memory
	slot  int
	state *atomic.Uint64 // how often it was set, and isSet
	line  line
	hall  *Hall

	mirror mirror

	mu      sync.Mutex   // held by who begins to wait, and where the process leaves the line
	waiting atomic.Int64 // goroutines of this process
}

const isSet = 1

// EventSize returns the bytes of an event.
func EventSize(m *mem.Memory) int { return 8 + lineSize(m) }

// EventAt returns the event whose bytes lie at words. They are zero for a new event,
// which is not set. Each process has one Event for them.
func EventAt(m *mem.Memory, words unsafe.Pointer) *Event {
	return &Event{m: m, slot: m.Self().Slot, state: (*atomic.Uint64)(words), line: lineAt(m, unsafe.Add(words, 8)), hall: hallOf(m)}
}

// IsSet reports whether the event is set.
func (e *Event) IsSet() bool {
	set := e.state.Load()&isSet != 0
	e.mirror.acquire()
	return set
}

// Set sets the event, and wakes all that wait. A process that dies in between has woken
// some of them; the others look by the clock.
func (e *Event) Set() {
	e.mirror.release()
	for {
		s := e.state.Load()
		if s&isSet != 0 {
			return
		}
		if e.state.CompareAndSwap(s, s+2|isSet) {
			break
		}
	}
	e.line.ringAll()
}

// Clear makes the event one that is not set.
func (e *Event) Clear() { e.state.And(^uint64(isSet)) }

// Wait blocks until the event is set, also if it is cleared at once, or until ctx ends.
func (e *Event) Wait(ctx context.Context) error {
	begun := e.state.Load()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case begun&isSet != 0:
		e.mirror.acquire()
		return nil
	}
	g := newGuest()
	if !e.hall.visit(g) {
		return closed.Err
	}
	defer e.hall.depart(g)
	e.begin()
	defer e.end()
	for {
		bell := e.hall.bell.Load()
		e.line.enlist(e.slot) // again: a slow sweep may have taken it for the slot's last owner
		switch s := e.state.Load(); {
		case e.m.Closed():
			return closed.Err
		case s&isSet != 0 || s>>1 != begun>>1:
			e.mirror.acquire()
			return nil
		}
		if err := e.hall.wait(ctx, g, bell, watched); err != nil {
			return err
		}
	}
}

// begin counts a goroutine that waits.
func (e *Event) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting.Add(1)
}

// end ends what begin began. The last one takes the process out of the line.
func (e *Event) end() {
	if e.waiting.Add(-1) > 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting.Load() == 0 {
		e.line.delist(e.slot)
	}
}

// ForgetEvent is the rule for an event.
func ForgetEvent(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) bool {
	if size < uint64(EventSize(m)) {
		return true
	}
	l := lineAt(m, unsafe.Add(words, 8))
	l.forget(gone.Slot)
	l.ringAll()
	return true
}
