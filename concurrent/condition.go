package concurrent

import (
	"context"
	"fmt"
	"sync"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// A Condition lets goroutines release a [Lock] and wait until another goroutine
// signals a change: threading.Condition, and a sync.Cond whose waiting can be
// canceled. It must be made by [NewCondition] and must not be copied. Several
// conditions may share a lock.
//
// The caller of any method holds the lock, also the caller of [Condition.Notify] and
// [Condition.NotifyAll]: that is as in Python, and in contrast to sync.Cond.
//
// The program keeps the state that it waits for, and guards it by the lock:
//
//	lock.Lock()
//	err := notEmpty.WaitFor(ctx, func() bool { return len(items) > 0 })
//	… // the lock is held, also after an error
//	lock.Unlock()
//
// Waiting is durable in the sense of [testing/synctest].
type Condition struct {
	l *Lock

	// The list is guarded by l itself. So a canceled goroutine knows, once
	// it holds l again, whether a notification was faster, and none gets lost. With a
	// second mutex alone there would be a gap between the two. This one keeps the list
	// whole where a goroutine that does not hold l calls while another one does.
	mu      sync.Mutex
	waiting park.Line
	spare   *park.Waiter // of a goroutine that no longer waits; its channel is not used again
}

// NewCondition returns a Condition of l. It panics when l is nil.
func NewCondition(l *Lock) *Condition {
	if l == nil {
		panic("concurrent: NewCondition of a nil Lock")
	}
	return &Condition{l: l}
}

// Wait unlocks the lock, blocks until a notification and locks again. It returns
// nil after a notification, also if ctx ended at the same time. It returns
// context.Cause(ctx) when ctx ends first. When ctx is done on entry, Wait returns
// at once and does not unlock.
//
// The lock is held whenever Wait returns. So Wait may return later than ctx ends,
// when another goroutine holds the lock.
//
// There are no spurious wake-ups. But other goroutines may have held the lock
// before Wait returns: call Wait in a loop, or use [Condition.WaitFor]. Wait
// allocates one channel. It panics when the lock is not held.
func (c *Condition) Wait(ctx context.Context) error {
	c.mustHold("Wait")
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w := c.join()
	c.unlock(w)
	notified := w.Wait(ctx)
	c.l.Lock()
	if c.leave(w) && !notified {
		return w.Cause(ctx)
	}
	return nil
}

// join puts the calling goroutine into the list.
func (c *Condition) join() *park.Waiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.spare
	if w == nil {
		w = park.New(1)
	} else {
		c.spare = nil
		w.Renew()
	}
	c.waiting.Push(w)
	return w
}

// leave takes w out of the list, and reports whether no notification had.
func (c *Condition) leave(w *park.Waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spare = w
	return c.waiting.Remove(w)
}

// unlock unlocks the lock for w, which is in the list. Where that panics, because the
// goroutine that held the lock was not this one, w is no more and what it was given
// goes to the next.
func (c *Condition) unlock(w *park.Waiter) {
	unlocked := false
	defer func() {
		if !unlocked && !c.leave(w) {
			c.notify(1)
		}
	}()
	c.l.Unlock()
	unlocked = true
}

// WaitFor blocks until pred returns true: threading.Condition.wait_for. It calls
// pred with the lock held, first on entry and then after every notification.
//
// WaitFor returns context.Cause(ctx) when ctx ends, unless pred returns true after
// that. When ctx is done on entry, it does not call pred. It panics when the lock
// is not held. A panic of pred reaches the caller, with the lock held.
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

// Notify wakes n waiting goroutines, or all if there are fewer, in the order in
// which they began to wait. They continue when they have the lock. Notify does not
// block. It panics when the lock is not held and when n is negative.
func (c *Condition) Notify(n int) {
	c.mustHold("Notify")
	if n < 0 {
		panic(fmt.Sprintf("concurrent: Condition.Notify of %d, want 0 or more", n))
	}
	c.notify(n)
}

func (c *Condition) notify(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range n {
		w := c.waiting.Pop()
		if w == nil {
			return
		}
		w.Grant()
	}
}

// NotifyAll wakes all waiting goroutines. It does not block. It panics when the
// lock is not held.
func (c *Condition) NotifyAll() {
	c.mustHold("NotifyAll")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting.GrantAll()
}

// mustHold panics when the lock is not held. Whether the caller holds it cannot be
// seen, since a Lock belongs to no goroutine.
func (c *Condition) mustHold(method string) {
	if c.l == nil {
		panic("concurrent: Condition not made by NewCondition")
	}
	if !c.l.Locked() {
		panic("concurrent: Condition." + method + " without its lock held")
	}
}
