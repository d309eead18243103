package shm

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// A Semaphore holds permits, which goroutines of all processes acquire and release, one
// or several at a time. Any of them may release permits, and more than were acquired:
// they may count events. So permits that a process has when it dies stay taken; a
// [BoundedSemaphore] gives them back. Its zero value cannot be used: see
// [NewSemaphore]. All methods are safe for concurrent use. ("multiprocessing.Semaphore")
//
// Goroutines of one process wait in order. A process that was overtaken twice, or waits
// for several permits, is the next to get any.
type Semaphore struct {
	memory *Memory
	offset uint64
	s      *robust.Semaphore
}

// NewSemaphore makes a semaphore in m with n free permits. It does not block. The error
// matches [ErrMemoryFull], or [ErrClosed] if m was closed. NewSemaphore panics if n is
// negative.
func NewSemaphore(m *Memory, n int, options ...ObjectOptions) (*Semaphore, error) {
	permits("NewSemaphore", n)
	return made(m, spec{
		caller: "NewSemaphore", name: named("NewSemaphore", options),
		kind: kindSemaphore, size: robust.SemaphoreSize(m.segment(), false),
		fill: func(words unsafe.Pointer) { robust.InitSemaphore(m.m, words, false, n) },
	}, &Semaphore{})
}

// permits panics if n cannot be a number of permits.
func permits(caller string, n int) {
	if n < 0 {
		panic(fmt.Sprintf("shm: %s: %d permits, want 0 or more", caller, n))
	}
}

func (s *Semaphore) place() (*Memory, uint64) { return s.memory, s.offset }

func (s *Semaphore) open(m *Memory, offset uint64) (any, error) {
	return found(m, offset, kindSemaphore, 0, robust.SemaphoreSize(m.segment(), false), s)
}

func (s *Semaphore) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	s.memory, s.offset, s.s = m, offset, robust.SemaphoreAt(m.m, words, false)
}

// Acquire takes n permits at once. It blocks until they are free, or until ctx ends; then
// it takes nothing and returns context.Cause(ctx). After Close the error matches
// [ErrClosed]. With n = 0 it does not wait. Acquire panics if n is negative.
func (s *Semaphore) Acquire(ctx context.Context, n int) error {
	permits("Semaphore.Acquire", n)
	return acquire(ctx, s.memory, s.s, n)
}

// acquire is Acquire of both semaphores.
func acquire(ctx context.Context, m *Memory, s *robust.Semaphore, n int) error {
	switch {
	case m.usable() != nil:
		return m.usable()
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return m.told(s.Acquire(ctx, n))
}

// TryAcquire takes n permits if they are free and no process is next, and reports whether
// it did. It does not block. It panics if n is negative, and after Close.
func (s *Semaphore) TryAcquire(n int) bool {
	permits("Semaphore.TryAcquire", n)
	s.memory.use("Semaphore.TryAcquire")
	ok, _ := s.s.TryAcquire(n)
	return ok
}

// Release gives n permits back, or adds n new ones, and wakes goroutines that can have
// them now. It
// does not block. It panics if n is negative, if more permits would be free than an int
// can count, and after Close.
func (s *Semaphore) Release(n int) {
	permits("Semaphore.Release", n)
	s.memory.use("Semaphore.Release")
	if !s.s.Release(n) {
		panic(fmt.Sprintf("shm: Semaphore.Release(%d): more permits would be free than an int can count", n))
	}
}

// Value returns how many permits are free. It panics after Close.
func (s *Semaphore) Value() int {
	s.memory.use("Semaphore.Value")
	return s.s.Value()
}

func init() { mem.Register(kindSemaphore, robust.ForgetSemaphore(false)) }
