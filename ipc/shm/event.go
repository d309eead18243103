package shm

import (
	"context"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// An Event is a flag that goroutines of all processes set and wait for. Its zero value
// cannot be used: see [NewEvent]. All methods are safe for concurrent use. No process
// owns an event, so that a death leaves nothing behind. ("multiprocessing.Event")
type Event struct {
	memory *Memory
	offset uint64
	e      *robust.Event
}

// NewEvent makes an event in m, which is not set. It does not block. The error matches
// [ErrMemoryFull], or [ErrClosed] if m was closed.
func NewEvent(m *Memory, options ...ObjectOptions) (*Event, error) {
	return made(m, spec{
		caller: "NewEvent", name: named("NewEvent", options),
		kind: kindEvent, size: robust.EventSize(m.segment()),
	}, &Event{})
}

func (e *Event) place() (*Memory, uint64) { return e.memory, e.offset }

func (e *Event) open(m *Memory, offset uint64) (any, error) {
	return found(m, offset, kindEvent, 0, robust.EventSize(m.segment()), e)
}

func (e *Event) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	e.memory, e.offset, e.e = m, offset, robust.EventAt(m.m, words)
}

// Set sets the event, and wakes all goroutines that wait. It does not block. Setting
// again does nothing. Set panics after Close.
func (e *Event) Set() {
	e.memory.use("Event.Set")
	e.e.Set()
}

// Clear makes the event one that is not set. It does not block, and panics after Close.
func (e *Event) Clear() {
	e.memory.use("Event.Clear")
	e.e.Clear()
}

// IsSet reports whether the event is set. It panics after Close.
func (e *Event) IsSet() bool {
	e.memory.use("Event.IsSet")
	return e.e.IsSet()
}

// Wait blocks until the event is set, or until ctx ends; then it returns
// context.Cause(ctx), also for a ctx that has ended before. A Set that is followed by a
// Clear at once ends the wait, too. After Close the error matches [ErrClosed].
func (e *Event) Wait(ctx context.Context) error {
	if err := e.memory.usable(); err != nil {
		return err
	}
	return e.memory.told(e.e.Wait(ctx))
}

func init() { mem.Register(kindEvent, robust.ForgetEvent) }
