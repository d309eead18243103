package manager

import (
	"context"
	"sync/atomic"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// An RLock is a proxy of a lock that an owner which holds it may take again, and releases
// as often. All else is as for a [Lock]. Goroutines use it through owners of their own.
//
// ("multiprocessing.managers.SyncManager.RLock")
type RLock struct{ proxy }

// NewRLock makes a lock, or finds the one of its name. It blocks until the
// server has answered. It panics if more than one ObjectOptions is given.
func NewRLock(ctx context.Context, m *Manager, options ...ObjectOptions) (*RLock, error) {
	p, err := create(ctx, m, msg.RLock, 0, nameOf("NewRLock", options), nil)
	if err != nil {
		return nil, err
	}
	return &RLock{p}, nil
}

// An RLockOwner is one owner of an [RLock]: a goroutine, as a rule. Make it with
// [RLock.Owner].
type RLockOwner struct {
	l  *RLock
	id uint64
}

var owners atomic.Uint64

// Owner returns a new owner.
func (l *RLock) Owner() *RLockOwner {
	l.made()
	return &RLockOwner{l, owners.Add(1)}
}

// Lock blocks until the owner holds the lock, or ctx ends. Errors are those of [Lock.Lock].
func (o *RLockOwner) Lock(ctx context.Context) error { return acquire(ctx, o.l.proxy, o.id) }

// TryLock takes the lock if it is free, or the owner's already.
func (o *RLockOwner) TryLock(ctx context.Context) (bool, error) {
	return o.l.truth(ctx, "TryLock", msg.Try, msg.Uint(nil, o.id))
}

// Unlock releases the lock once. If ctx has ended it does so without waiting for the
// server. If the owner does not hold it the error matches [ErrMisuse].
func (o *RLockOwner) Unlock(ctx context.Context) error {
	return o.l.give(ctx, "Unlock", msg.Free, msg.Uint(nil, o.id))
}

type rlockKey struct{ at *ref }

// Do calls f while the lock is held. The ctx that f gets is the owner: a Do within, with
// that ctx, takes the lock again. That ctx ends with the outermost Do; do not hand it to
// another goroutine.
func (l *RLock) Do(ctx context.Context, f func(context.Context) error) error {
	key := rlockKey{l.made()}
	owner, ok := ctx.Value(key).(*RLockOwner)
	if !ok {
		owner = l.Owner()
		inner, cancel := context.WithCancel(context.WithValue(ctx, key, owner))
		defer cancel()
		ctx = inner
	}
	if err := owner.Lock(ctx); err != nil {
		if isOwnerDied(err) {
			_ = owner.Unlock(ctx) // the error of Lock says more
		}
		return err
	}
	defer owner.Unlock(ctx)
	return f(ctx)
}

// MarkConsistent is that of a [Lock].
func (l *RLock) MarkConsistent(ctx context.Context) error {
	_, err := l.call(ctx, "MarkConsistent", msg.Consistent, nil)
	return err
}

// Locked reports whether an owner holds the lock.
func (l *RLock) Locked(ctx context.Context) (bool, error) {
	r, err := l.state(ctx, "Locked")
	return r.Int() == 1 && err == nil, err
}

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (l *RLock) MarshalBinary() ([]byte, error) { return l.marshal() }

// UnmarshalBinary makes l the proxy that MarshalBinary has encoded.
func (l *RLock) UnmarshalBinary(data []byte) error { return l.unmarshal(data, msg.RLock, 0) }
