package shm

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// A BoundedSemaphore is a [Semaphore] that never has more permits than its bound. It
// knows how many permits each process has: only that process releases them, and they
// come back when it dies or closes the memory. Its zero value cannot be used: see
// [NewBoundedSemaphore]. ("multiprocessing.BoundedSemaphore")
type BoundedSemaphore struct {
	memory *Memory
	offset uint64
	s      *robust.Semaphore
}

// NewBoundedSemaphore makes a semaphore in m with n free permits and a bound of n. It
// does not block. The error matches [ErrMemoryFull], or [ErrClosed] if m was closed.
// NewBoundedSemaphore panics if n is negative.
func NewBoundedSemaphore(m *Memory, n int, options ...ObjectOptions) (*BoundedSemaphore, error) {
	permits("NewBoundedSemaphore", n)
	return made(m, spec{
		caller: "NewBoundedSemaphore", name: named("NewBoundedSemaphore", options),
		kind: kindBoundedSemaphore, size: robust.SemaphoreSize(m.segment(), true),
		fill: func(words unsafe.Pointer) { robust.InitSemaphore(m.m, words, true, n) },
	}, &BoundedSemaphore{})
}

func (b *BoundedSemaphore) place() (*Memory, uint64) { return b.memory, b.offset }

func (b *BoundedSemaphore) open(m *Memory, offset uint64) (any, error) {
	return found(m, offset, kindBoundedSemaphore, 0, robust.SemaphoreSize(m.segment(), true), b)
}

func (b *BoundedSemaphore) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	b.memory, b.offset, b.s = m, offset, robust.SemaphoreAt(m.m, words, true)
}

// Acquire works as [Semaphore.Acquire]. It returns a [*concurrent.BoundError] at once if
// n is more than the bound, and as soon as the bound becomes less than n meanwhile.
func (b *BoundedSemaphore) Acquire(ctx context.Context, n int) error {
	permits("BoundedSemaphore.Acquire", n)
	err := acquire(ctx, b.memory, b.s, n)
	if many, ok := errors.AsType[*robust.TooMany](err); ok {
		return &concurrent.BoundError{Wanted: many.Wanted, Bound: many.Bound}
	}
	return err
}

// TryAcquire works as [Semaphore.TryAcquire].
func (b *BoundedSemaphore) TryAcquire(n int) bool {
	permits("BoundedSemaphore.TryAcquire", n)
	b.memory.use("BoundedSemaphore.TryAcquire")
	ok, _ := b.s.TryAcquire(n)
	return ok
}

// Release gives n permits back, and wakes goroutines that can have them now. It does not block. It
// panics if n is negative or more than this process has, and after Close; then it gives
// nothing back.
func (b *BoundedSemaphore) Release(n int) {
	permits("BoundedSemaphore.Release", n)
	b.memory.use("BoundedSemaphore.Release")
	if !b.s.Release(n) {
		panic(fmt.Sprintf("shm: BoundedSemaphore.Release(%d): this process has %d permits", n, b.s.Held()))
	}
}

// Value returns how many permits are free: see [Semaphore.Value]. It is never negative.
func (b *BoundedSemaphore) Value() int {
	b.memory.use("BoundedSemaphore.Value")
	return b.s.Value()
}

// Bound returns the bound. It panics after Close.
func (b *BoundedSemaphore) Bound() int {
	b.memory.use("BoundedSemaphore.Bound")
	return b.s.Bound()
}

// Resize changes the bound to n, and adds or withdraws permits. It does not block: when
// more than n permits are taken, they are withdrawn as they are released. Goroutines
// that wait for more than n get an error. Resize panics if n is negative, and after Close.
func (b *BoundedSemaphore) Resize(n int) {
	permits("BoundedSemaphore.Resize", n)
	b.memory.use("BoundedSemaphore.Resize")
	b.s.Resize(n)
}

func init() { mem.Register(kindBoundedSemaphore, robust.ForgetSemaphore(true)) }
