package concurrent

import (
	"context"
	"sync/atomic"
)

// An RLock is a lock that its owner may take again while it holds it, and must
// release as often: threading.RLock. The zero value is unlocked. An RLock must not
// be copied after its first use.
//
// Goroutines have no identity in Go, so the owner is explicit. [RLock.Owner]
// returns an owner with the methods of a [Lock], for code that can pass it along.
// [RLock.Do] makes its context the owner, for call chains that pass a context. An
// owner is used by one goroutine at a time.
//
// Between owners an RLock costs what a Lock costs, and is as fair. Taking it again
// costs a nanosecond through an owner, and one Context.Value call through Do.
type RLock struct {
	lock Lock
}

// Locked reports whether the lock is held by any owner. The answer may be outdated
// when it arrives, unless the caller holds the lock.
func (l *RLock) Locked() bool { return l.lock.Locked() }

// Stats returns the statistics of the lock. It does not block.
func (l *RLock) Stats() LockStats { return l.lock.Stats() }

// Owner returns a new owner, which does not hold the lock. An owner needs no
// cleanup.
func (l *RLock) Owner() *RLockOwner { return &RLockOwner{lock: &l.lock} }

// An RLockOwner may hold an [RLock] several times over. It is a [sync.Locker], made
// by [RLock.Owner]; the zero value is not usable. One goroutine uses it at a time; goroutines that compete for
// the lock need an owner each. It may be passed to another goroutine, also while it
// holds the lock.
type RLockOwner struct {
	lock  *Lock
	depth int
}

// Lock takes the lock once more if the owner holds it. Otherwise it blocks until no
// other owner holds it.
func (o *RLockOwner) Lock() {
	if o.depth == 0 {
		o.mustBeMade()
		o.lock.Lock()
	}
	o.depth++
}

// LockContext works as Lock. It returns context.Cause(ctx) when ctx ends first, or
// is done on entry.
func (o *RLockOwner) LockContext(ctx context.Context) error {
	if o.depth == 0 {
		o.mustBeMade()
		if err := o.lock.LockContext(ctx); err != nil {
			return err
		}
	} else if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	o.depth++
	return nil
}

// TryLock takes the lock unless another owner holds it, and reports whether it did.
// It does not block.
func (o *RLockOwner) TryLock() bool {
	if o.depth == 0 {
		o.mustBeMade()
		if !o.lock.TryLock() {
			return false
		}
	}
	o.depth++
	return true
}

// Unlock undoes one Lock. The last Unlock releases the lock. It panics when the
// owner does not hold the lock. It does not block.
func (o *RLockOwner) Unlock() {
	switch o.depth {
	case 0:
		panic("concurrent: Unlock of an RLock by an owner that does not hold it")
	case 1:
		o.lock.Unlock()
	}
	o.depth--
}

// mustBeMade panics for the zero value.
func (o *RLockOwner) mustBeMade() {
	if o.lock == nil {
		panic("concurrent: RLockOwner not made by RLock.Owner")
	}
}

// Do calls f with the lock held and returns the error of f. It blocks until it has
// the lock. When ctx ends first, or is done on entry, Do does not call f and
// returns context.Cause(ctx).
//
// The context that f gets is the owner. A Do of the same lock inside f, called with
// that context or one derived from it, takes the lock again at once. The lock is
// released when the outermost f returns, panics or exits. After that the owner has
// expired, and Do with its context panics.
//
// The owner's context must not be used by another goroutine at the same time: two
// goroutines would hold the lock. Do panics when it detects that. It detects calls
// of two goroutines that overlap without one being inside the other, and an
// outermost f that returns before the others. The race detector finds more.
//
// A Do inside f that gets another context, such as context.Background(), waits for
// itself forever. Do panics when f is nil.
func (l *RLock) Do(ctx context.Context, f func(context.Context) error) error {
	if f == nil {
		panic("concurrent: RLock.Do of a nil function")
	}
	if s, ok := ctx.Value(rlockKey{l}).(*rlockScope); ok {
		return s.again(ctx, f)
	}
	if err := l.lock.LockContext(ctx); err != nil {
		return err
	}
	s := new(rlockScope)
	s.depth.Store(1)
	returned := false
	defer func() {
		depth := s.depth.Swap(rlockExpired)
		l.lock.Unlock()
		if returned && depth != 1 {
			panic(rlockShared)
		}
	}()
	err := f(context.WithValue(ctx, rlockKey{l}, s))
	returned = true
	return err
}

// rlockKey is under what a context carries its ownership of a lock.
type rlockKey struct{ l *RLock }

// rlockScope is an outermost call of Do. Its depth is how many calls there are one
// inside the other.
type rlockScope struct{ depth atomic.Int32 }

const (
	rlockExpired = -1
	rlockShared  = "concurrent: the context of an RLock.Do is used by several goroutines at the same time"
)

// leave undoes one of several calls that did not keep their order. What has expired
// stays so.
func (s *rlockScope) leave() {
	for d := s.depth.Load(); d != rlockExpired && !s.depth.CompareAndSwap(d, d-1); d = s.depth.Load() {
	}
}

// again is a call of Do by an owner that holds the lock.
func (s *rlockScope) again(ctx context.Context, f func(context.Context) error) error {
	depth := s.depth.Load()
	for depth != rlockExpired && !s.depth.CompareAndSwap(depth, depth+1) {
		depth = s.depth.Load()
	}
	if depth == rlockExpired {
		panic("concurrent: RLock.Do with the context of a Do that has returned")
	}
	returned := false
	defer func() {
		if s.depth.CompareAndSwap(depth+1, depth) {
			return
		}
		s.leave()
		if returned {
			panic(rlockShared)
		}
	}()
	if ctx.Err() != nil {
		returned = true
		return context.Cause(ctx)
	}
	err := f(ctx)
	returned = true
	return err
}
