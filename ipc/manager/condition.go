package manager

import (
	"context"
	"runtime"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A Condition lets processes release a [Lock] and wait until another one signals a change.
// The caller of each method holds the lock: if its process does not, the error matches
// [ErrMisuse]. All methods are safe for concurrent use.
//
// ("multiprocessing.managers.SyncManager.Condition")
type Condition struct{ proxy }

// NewCondition makes a condition of a lock, or finds the one of its name. It blocks until
// the server has answered. It panics if more than one ObjectOptions is given.
func NewCondition(ctx context.Context, m *Manager, l *Lock, options ...ObjectOptions) (*Condition, error) {
	p, err := create(ctx, m, msg.Condition, 0, nameOf("NewCondition", options), msg.Uint(nil, l.made().id))
	if err != nil {
		return nil, err
	}
	return &Condition{p}, nil
}

// Wait releases the lock, blocks until the condition is notified or ctx ends, and takes the
// lock again. It returns with the lock held also when ctx has ended, after which it
// waits for the lock and the server; not if the error matches [ErrGone] or [ErrMisuse]. The
// error may be a *shm.OwnerDiedError, as of [Lock.Lock].
func (c *Condition) Wait(ctx context.Context) error {
	r := c.made()
	s, err := r.h.connected(ctx)
	if err != nil {
		return err
	}
	code, payload, sent, err := s.CallHeld(ctx, msg.Wait, r.id, nil)
	runtime.KeepAlive(r)
	switch {
	case err != nil:
		return failed(ctx, "Condition.Wait", sent, err)
	case code != msg.OK:
		return refused(ctx, "Condition.Wait", code, payload)
	}
	return nil
}

// WaitFor waits until pred is true. pred is called with the lock held.
func (c *Condition) WaitFor(ctx context.Context, pred func() bool) error {
	for !pred() {
		if err := c.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Notify wakes n of the calls that wait, the oldest first.
func (c *Condition) Notify(ctx context.Context, n int) error {
	_, err := c.call(ctx, "Notify", msg.Notify, msg.Int(nil, max(n, 0)))
	return err
}

// NotifyAll wakes all calls that wait.
func (c *Condition) NotifyAll(ctx context.Context) error {
	_, err := c.call(ctx, "NotifyAll", msg.Notify, msg.Int(nil, -1))
	return err
}

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (c *Condition) MarshalBinary() ([]byte, error) { return c.marshal() }

// UnmarshalBinary makes c the proxy that MarshalBinary has encoded.
func (c *Condition) UnmarshalBinary(data []byte) error { return c.unmarshal(data, msg.Condition, 0) }
