package manager

import (
	"context"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/session"
)

// A Lock is a proxy of a lock in the server, which one process at a time holds. Waiting
// calls get it in the order in which they came. All methods are safe for concurrent use.
//
// When a process dies that holds the lock, or loses its connection, the next call gets it.
// Lock then returns a *shm.OwnerDiedError and the lock is held nevertheless, as long as no
// process has called MarkConsistent.
//
// ("multiprocessing.managers.SyncManager.Lock")
type Lock struct{ proxy }

// NewLock makes a lock, or finds the one of its name. It blocks until the
// server has answered. It panics if more than one ObjectOptions is given.
func NewLock(ctx context.Context, m *Manager, options ...ObjectOptions) (*Lock, error) {
	p, err := create(ctx, m, msg.Lock, 0, nameOf("NewLock", options), nil)
	if err != nil {
		return nil, err
	}
	return &Lock{p}, nil
}

// Lock blocks until this process holds the lock, or ctx ends.
func (l *Lock) Lock(ctx context.Context) error { return acquire(ctx, l.proxy, 0) }

// TryLock takes the lock if it is free. It is false also if the last holder has died and
// no process has called MarkConsistent.
func (l *Lock) TryLock(ctx context.Context) (bool, error) {
	return l.truth(ctx, "TryLock", msg.Try, msg.Uint(nil, 0))
}

// Unlock releases the lock, which any goroutine of the process that holds it may do. If ctx
// has ended it does so without waiting for the server. If this process does not hold it
// the error matches [ErrMisuse].
func (l *Lock) Unlock(ctx context.Context) error {
	return l.give(ctx, "Unlock", msg.Free, msg.Uint(nil, 0))
}

// MarkConsistent says that what the lock guards is in order again after the death of a
// holder. This process holds the lock: if not, the error matches [ErrMisuse].
func (l *Lock) MarkConsistent(ctx context.Context) error {
	_, err := l.call(ctx, "MarkConsistent", msg.Consistent, nil)
	return err
}

// Locked reports whether a process holds the lock.
func (l *Lock) Locked(ctx context.Context) (bool, error) {
	r, err := l.state(ctx, "Locked")
	return r.Int() == 1 && err == nil, err
}

// Holder returns the id of the process that holds the lock, 0 if none does.
func (l *Lock) Holder(ctx context.Context) (int, error) {
	r, err := l.state(ctx, "Holder")
	if err != nil {
		return 0, err
	}
	r.Int()
	return r.Int(), nil
}

// acquire waits for a lock.
func acquire(ctx context.Context, p proxy, owner uint64) error {
	_, err := p.wait(ctx, "Lock", msg.Acquire, msg.Uint(nil, owner), func(s *session.Session, _ []byte) {
		s.Post(msg.Free, p.id, msg.Uint(nil, owner))
	})
	return err
}

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (l *Lock) MarshalBinary() ([]byte, error) { return l.marshal() }

// UnmarshalBinary makes l the proxy that MarshalBinary has encoded.
func (l *Lock) UnmarshalBinary(data []byte) error { return l.unmarshal(data, msg.Lock, 0) }
