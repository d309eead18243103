package shm

import (
	"context"
	"sync/atomic"
	"unsafe"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// An RLock is a [Lock] that its owner may take again while it holds it, and must release
// as often. Its zero value cannot be used: see [NewRLock]. ("multiprocessing.RLock")
//
// Goroutines have no identity in Go, so the owner is explicit, as that of a
// concurrent.RLock: [RLock.Owner] returns an owner with the methods of a Lock, and
// [RLock.Do] makes its context the owner. An owner belongs to one process, and is used by
// one goroutine at a time.
type RLock struct{ lock Lock }

// NewRLock makes a lock in m, which is free. It does not block. The error matches
// [ErrMemoryFull], or [ErrClosed] if m was closed.
func NewRLock(m *Memory, options ...ObjectOptions) (*RLock, error) {
	return made(m, spec{
		caller: "NewRLock", name: named("NewRLock", options),
		kind: kindRLock, size: robust.LockSize(m.segment()),
	}, &RLock{})
}

func (l *RLock) place() (*Memory, uint64) { return l.lock.place() }

func (l *RLock) open(m *Memory, offset uint64) (any, error) {
	return found(m, offset, kindRLock, 0, robust.LockSize(m.segment()), l)
}

func (l *RLock) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	l.lock.settle(m, offset, words)
}

// Locked reports whether an owner in any process holds the lock. It panics after Close.
func (l *RLock) Locked() bool { return l.lock.Locked() }

// Stats returns the statistics of the lock in this process.
func (l *RLock) Stats() concurrent.LockStats { return l.lock.Stats() }

// MarkConsistent says that what the lock guards is in order again: see
// [Lock.MarkConsistent].
func (l *RLock) MarkConsistent() { l.lock.MarkConsistent() }

// Owner returns a new owner, which does not hold the lock. An owner needs no cleanup.
func (l *RLock) Owner() *RLockOwner { return &RLockOwner{lock: &l.lock} }

// An RLockOwner may hold an [RLock] several times over. [RLock.Owner] makes it. One
// goroutine uses it at a time.
type RLockOwner struct {
	lock  *Lock
	depth int
}

// Lock takes the lock once more if the owner holds it. Otherwise it blocks until no
// other owner holds it. It panics as [Lock.Lock] does.
func (o *RLockOwner) Lock() {
	if err := o.LockContext(context.Background()); err != nil {
		panic(err)
	}
}

// LockContext is Lock that returns context.Cause(ctx) when ctx ends first, or has ended
// before. An [*OwnerDiedError] says that the lock is held nevertheless: see
// [Lock.LockContext].
func (o *RLockOwner) LockContext(ctx context.Context) error {
	if o.depth > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o.depth++
		return nil
	}
	o.mustBeMade()
	err := o.lock.LockContext(ctx)
	if _, died := err.(*OwnerDiedError); err == nil || died {
		o.depth++
	}
	return err
}

// TryLock takes the lock unless another owner holds it or a process has died with it, and
// reports whether it did. It does not block.
func (o *RLockOwner) TryLock() bool {
	o.mustBeMade()
	if o.depth == 0 && !o.lock.TryLock() {
		return false
	}
	o.depth++
	return true
}

// Unlock undoes one Lock. The last Unlock releases the lock. It panics if the owner does
// not hold the lock.
func (o *RLockOwner) Unlock() {
	switch o.depth {
	case 0:
		panic("shm: Unlock of an RLock by an owner that does not hold it")
	case 1:
		o.lock.Unlock()
	}
	o.depth--
}

// mustBeMade panics for the zero value.
func (o *RLockOwner) mustBeMade() {
	if o.lock == nil {
		panic("shm: RLockOwner not made by RLock.Owner")
	}
}

// Do calls f with the lock held, and returns the error of f. It blocks until it has the
// lock, or until ctx ends; then it does not call f and returns context.Cause(ctx).
//
// The context that f gets is the owner. A Do of the same lock inside f, called with that
// context or one derived from it, takes the lock again at once. The lock is released
// when the outermost f returns, panics or exits. After that a Do with its context
// panics. The owner's context must not be used by another goroutine at the same time.
//
// Do returns an [*OwnerDiedError], and has not called f, if a process has died with the
// lock: an [RLockOwner] is for putting that right. If the memory is closed before or
// while f runs, the error matches [ErrClosed]. Do panics if f is nil.
func (l *RLock) Do(ctx context.Context, f func(context.Context) error) (err error) {
	if f == nil {
		panic("shm: RLock.Do of a nil function")
	}
	if s, ok := ctx.Value(rlockKey{l}).(*rlockScope); ok {
		return s.again(ctx, f)
	}
	err = l.lock.LockContext(ctx)
	if _, died := err.(*OwnerDiedError); died {
		l.lock.Unlock()
	}
	if err != nil {
		return err
	}
	s := new(rlockScope)
	defer func() {
		s.expired.Store(true)
		if left := l.lock.leave(); err == nil {
			err = left
		}
	}()
	return f(context.WithValue(ctx, rlockKey{l}, s))
}

// rlockKey is under what a context carries its ownership of a lock.
type rlockKey struct{ l *RLock }

// rlockScope is an outermost call of Do.
type rlockScope struct{ expired atomic.Bool }

// again is a Do inside of another one.
func (s *rlockScope) again(ctx context.Context, f func(context.Context) error) error {
	if s.expired.Load() {
		panic("shm: RLock.Do with the context of a Do that has returned")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return f(ctx)
}

func init() { mem.Register(kindRLock, robust.ForgetLock) }
