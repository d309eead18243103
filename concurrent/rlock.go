package concurrent

import (
	"context"
	"sync/atomic"
)

// An RLock is a lock that its owner may take again while it holds it, and must
// release as often: threading.RLock. The zero value is unlocked; it must not be
// copied after first use.
//
// A goroutine has no identity in Go, so the owner is explicit. There are two ways
// to be one: [RLock.Owner] returns a handle with the methods of a [Lock], for those
// who can pass it along, and [RLock.Do] makes its context the owner, for call
// chains that pass a context anyway. In both ways an owner is used by one
// goroutine at a time. Between owners it is a Lock, with its cost and fairness; to
// take it again costs a nanosecond through a handle, and a look into the context
// through Do.
type RLock struct {
	lock Lock
}

// Locked says whether somebody holds the lock. The answer may be outdated when it
// arrives, unless it is the caller who holds it.
func (l *RLock) Locked() bool { return l.lock.Locked() }

// Stats tells how much the lock was fought over by its owners. It does not wait.
func (l *RLock) Stats() LockStats { return l.lock.Stats() }

// Owner returns a new owner, who does not hold the lock yet. An owner that is no
// longer needed is left to the garbage collector.
func (l *RLock) Owner() *RLockOwner { return &RLockOwner{lock: &l.lock} }

// An RLockOwner is one who may hold an [RLock] several times over. It is a
// [sync.Locker], made by [RLock.Owner], and used by one goroutine at a time: it is
// not for goroutines to share (they need an owner each), but can be passed on,
// along with the lock if it holds it.
type RLockOwner struct {
	lock  *Lock
	depth int
}

// Lock takes the lock, once more if the owner holds it already, else as soon as no
// other owner holds it.
func (o *RLockOwner) Lock() {
	if o.depth == 0 {
		o.lock.Lock()
	}
	o.depth++
}

// LockContext is Lock; it returns context.Cause(ctx) when ctx ends before, or is
// done already.
func (o *RLockOwner) LockContext(ctx context.Context) error {
	if o.depth == 0 {
		if err := o.lock.LockContext(ctx); err != nil {
			return err
		}
	} else if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	o.depth++
	return nil
}

// TryLock takes the lock unless another owner holds it, and says whether it did. It
// does not wait.
func (o *RLockOwner) TryLock() bool {
	if o.depth == 0 && !o.lock.TryLock() {
		return false
	}
	o.depth++
	return true
}

// Unlock takes back one Lock; the first one's releases the lock. It panics when the
// owner does not hold the lock, whether or not another does. It does not wait.
func (o *RLockOwner) Unlock() {
	switch o.depth {
	case 0:
		panic("concurrent: Unlock of an RLock by an owner that does not hold it")
	case 1:
		o.lock.Unlock()
	}
	o.depth--
}

// Do calls f with the lock held and returns what f returns, or context.Cause(ctx),
// without calling f, when ctx ends before it gets the lock or is done already. The
// context that f gets is the owner: a Do of the same lock in f, called with that
// context or one derived from it, goes on at once. The lock is released when the
// outermost f returns, panics or exits.
//
// From then on the owner has expired, and Do with its context panics. Nor may a
// goroutine that runs at the same time be given the context: two would hold the
// lock together. Do panics where it finds that out, which is when calls of two
// goroutines overlap without one being inside the other, or the outermost f
// returns before the others; the race detector finds more. A ctx that f does not
// pass on, as context.Background() in its place, makes Do wait for itself.
//
// Do panics when f is nil.
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

// again is a call of Do by one who holds the lock.
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
		if s.depth.Load() != rlockExpired {
			s.depth.Add(-1)
		}
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
