package shm

import (
	"context"
	"fmt"
	"math"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// A Condition lets goroutines of all processes release a [Lock] and wait until another
// one signals a change. The caller of any method holds the lock, also the caller of
// [Condition.Notify] and [Condition.NotifyAll]. What is waited for lies in the memory,
// and the lock guards it. ("multiprocessing.Condition")
//
// The goroutines of one process are notified in order, and processes in turn. A
// notification for a process that dies goes to another. Its zero value cannot be used:
// see [NewCondition].
type Condition struct {
	memory *Memory
	offset uint64
	l      *Lock
	c      *robust.Condition
}

// NewCondition makes a condition of l, in the memory of l. It does not block. The error
// matches [ErrMemoryFull], or [ErrClosed] if the memory was closed. Several conditions
// may have one lock.
func NewCondition(l *Lock, options ...ObjectOptions) (*Condition, error) {
	m := l.memory
	c, err := made(m, spec{
		caller: "NewCondition", name: named("NewCondition", options),
		kind: kindCondition, size: conditionSize(m),
		fill: func(words unsafe.Pointer) { *(*uint64)(words) = l.offset },
	}, &Condition{})
	if err == nil && c.l != l {
		return nil, fmt.Errorf("shm: NewCondition: %w: the condition of that name has another lock", ErrLayout)
	}
	return c, err
}

// conditionSize returns the bytes of a condition: where its lock lies, and the rest.
func conditionSize(m *Memory) int { return 8 + robust.ConditionSize(m.segment()) }

func (c *Condition) place() (*Memory, uint64) { return c.memory, c.offset }

func (c *Condition) open(m *Memory, offset uint64) (any, error) {
	return found(m, offset, kindCondition, 0, conditionSize(m), c)
}

func (c *Condition) prepare(m *Memory, words unsafe.Pointer, _ int) error {
	l, err := (&Lock{}).open(m, *(*uint64)(words))
	if err == nil {
		c.l = l.(*Lock)
	}
	return err
}

func (c *Condition) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	c.memory, c.offset = m, offset
	c.c = robust.ConditionAt(m.m, unsafe.Add(words, 8), c.l.l)
}

// Lock returns the lock of the condition.
func (c *Condition) Lock() *Lock { return c.l }

// Wait releases the lock, blocks until a notification, and takes the lock again. It
// returns nil after a notification, also if ctx ended at the same time. It returns
// context.Cause(ctx) if ctx ends first, and does not release the lock if ctx has ended
// before.
//
// The lock is held whenever Wait returns, so that it may return later than ctx ends. The
// exception is an error that matches [ErrClosed]. An [*OwnerDiedError] is that of
// [Lock.LockContext], and stands for any other outcome.
//
// There are no spurious wake-ups. But others may have held the lock before Wait returns:
// call Wait in a loop, or use [Condition.WaitFor]. Wait panics if this process does not
// hold the lock.
func (c *Condition) Wait(ctx context.Context) error {
	c.mustHold("Wait")
	died, err := c.c.Wait(ctx)
	if died {
		return &OwnerDiedError{Pid: c.l.l.Dead()}
	}
	return c.memory.told(err)
}

// WaitFor blocks until pred returns true. It calls pred with the lock held, first on entry
// and then after every notification. It returns context.Cause(ctx) if ctx ends, unless
// pred returns true after that; if ctx has ended before, it does not call pred. It
// returns an [*OwnerDiedError] as [Condition.Wait] does. A panic of pred reaches the
// caller, with the lock held.
func (c *Condition) WaitFor(ctx context.Context, pred func() bool) error {
	c.mustHold("WaitFor")
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for !pred() {
		err := c.Wait(ctx)
		if err == nil {
			continue
		}
		if c.l.l.Held() && ctx.Err() != nil && err == context.Cause(ctx) && pred() {
			return nil
		}
		return err
	}
	return nil
}

// Notify wakes n goroutines that wait, or all if there are fewer. They continue when they
// have the lock. Notify does not block. It panics if this process does not hold the
// lock, and if n is negative.
func (c *Condition) Notify(n int) {
	c.mustHold("Notify")
	if n < 0 {
		panic(fmt.Sprintf("shm: Condition.Notify of %d, want 0 or more", n))
	}
	c.c.Notify(n)
}

// NotifyAll wakes all goroutines that wait. It does not block. It panics if this process
// does not hold the lock.
func (c *Condition) NotifyAll() {
	c.mustHold("NotifyAll")
	c.c.Notify(math.MaxInt)
}

func (c *Condition) mustHold(method string) {
	c.memory.use("Condition." + method)
	if !c.l.l.Held() {
		panic("shm: Condition." + method + " without its lock held by this process")
	}
}

func init() {
	mem.Register(kindCondition, func(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) bool {
		if size < 8 {
			return true
		}
		return robust.ForgetCondition(m, unsafe.Add(words, 8), size-8, gone)
	})
}
