package store

import "github.com/fanfold/fanfold/ipc/manager/internal/msg"

// A condition has waiters that have let its lock go, and go to the line of that when they
// are notified or canceled.
type condition struct {
	lock    *lock
	of      *object
	waiters line
}

func (s *Store) newCondition(r *request) thing {
	id := r.Uint()
	o := s.objects[id]
	if r.Bad || o == nil {
		r.fail(msg.NoObject, "the lock is gone")
		return nil
	}
	l, ok := o.thing.(*lock)
	if !ok || l.is != msg.Lock {
		r.fail(msg.WrongType, "a Condition is of a Lock")
		return nil
	}
	o.refs++ // of the condition
	return &condition{lock: l, of: o}
}

func (c *condition) kind() msg.Kind       { return msg.Condition }
func (c *condition) drop(*Store, *Client) {}

func (c *condition) do(s *Store, r *request) {
	if !c.lock.holds(r.c, 0) {
		r.fail(msg.Misuse, "the lock is not held by this client")
		return
	}
	switch r.op {
	case msg.Wait:
		w := r.wait(nil)
		if w == nil {
			return
		}
		w.n = 1
		w.leave = func() {
			c.waiters.remove(w)
			c.lock.waiters.remove(w)
		}
		w.revoke = func() {
			if c.waiters.remove(w) {
				w.canceled = true
				c.move(s, w)
			}
		}
		c.waiters = append(c.waiters, w)
		c.lock.next(s)
	case msg.Notify:
		n := r.Int()
		for ; n != 0 && len(c.waiters) > 0; n-- {
			c.move(s, c.waiters.pop())
		}
		r.number(1)
	default:
		r.unknown()
	}
}

// move has a waiter wait for the lock.
func (c *condition) move(s *Store, w *waiter) {
	c.lock.waiters = append(c.lock.waiters, w)
	if c.lock.holder == nil {
		c.lock.next(s)
	}
}
