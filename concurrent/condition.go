package concurrent

import (
	"context"
	"fmt"
	"sync"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// A Condition is where those who hold a [Lock] wait until another one who holds it
// says that something has changed: threading.Condition, and a sync.Cond whose
// waiting can be canceled. Conditions are made by [NewCondition] and must not be
// copied. Several may share a lock.
//
// The state that is waited for is the user's own, guarded by the lock:
//
//	lock.Lock()
//	err := notEmpty.WaitFor(ctx, func() bool { return len(items) > 0 })
//	… // the lock is held, also after an error
//	lock.Unlock()
//
// Waiting is durable in the sense of [testing/synctest].
type Condition struct {
	_ [0]sync.Mutex // vet: do not copy

	l *Lock
	// The list is guarded by l itself. So whoever was canceled knows, once it
	// holds l again, whether a notification was faster, and none gets lost; with a
	// second mutex there is a gap between the two.
	waiting park.Line
	spare   *park.Waiter // of somebody who no longer waits; its channel is not used again
}

// NewCondition returns a Condition of l. It panics when l is nil.
func NewCondition(l *Lock) *Condition {
	if l == nil {
		panic("concurrent: NewCondition of a nil Lock")
	}
	return &Condition{l: l}
}

// Wait unlocks the lock, waits for a Notify and locks again. It returns nil when it
// was notified, also if ctx ended at the same time, and context.Cause(ctx) when
// ctx ended before. When ctx is done already it returns at once and does not
// unlock. The lock is held whenever Wait returns, so it may return later than ctx
// ends, if somebody else holds the lock.
//
// There are no spurious wake-ups, but when Wait returns others may have had the
// lock in between: call it in a loop, or use [Condition.WaitFor]. Wait panics when
// nobody holds the lock. It allocates a channel.
func (c *Condition) Wait(ctx context.Context) error {
	c.mustHold("Wait")
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w := c.spare
	if w == nil {
		w = park.New(1)
	} else {
		c.spare = nil
		w.Renew()
	}
	c.waiting.Push(w)
	c.l.Unlock()
	notified := w.Wait(ctx)
	c.l.Lock()
	canceled := !notified && c.waiting.Remove(w)
	c.spare = w
	if canceled {
		return context.Cause(ctx)
	}
	return nil
}

// WaitFor waits until pred returns true: threading.Condition.wait_for. It calls
// pred with the lock held, once at the beginning and once after every
// notification, and returns nil when it holds. When ctx ends it returns
// context.Cause(ctx), unless pred holds in the end; when ctx is done on entry it
// does not call pred. It panics when nobody holds the lock, and passes on panics
// of pred, with the lock held.
func (c *Condition) WaitFor(ctx context.Context, pred func() bool) error {
	c.mustHold("WaitFor")
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for !pred() {
		if err := c.Wait(ctx); err != nil {
			if pred() {
				return nil
			}
			return err
		}
	}
	return nil
}

// Notify wakes n of those who wait, or all if there are fewer, in the order in
// which they began to wait. They go on when they get the lock. Notify does not
// wait. It panics when nobody holds the lock and for a negative n.
func (c *Condition) Notify(n int) {
	c.mustHold("Notify")
	if n < 0 {
		panic(fmt.Sprintf("concurrent: Condition.Notify of %d", n))
	}
	for range n {
		w := c.waiting.Pop()
		if w == nil {
			return
		}
		w.Grant()
	}
}

// NotifyAll wakes all who wait. It does not wait itself and panics when nobody
// holds the lock.
func (c *Condition) NotifyAll() {
	c.mustHold("NotifyAll")
	c.waiting.GrantAll()
}

// mustHold panics when nobody holds the lock. That it is the caller who holds it
// cannot be seen, since a Lock belongs to no goroutine.
func (c *Condition) mustHold(method string) {
	if !c.l.Locked() {
		panic("concurrent: Condition." + method + " without its lock held")
	}
}
