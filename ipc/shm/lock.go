package shm

import (
	"context"
	"unsafe"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// A Lock excludes the goroutines of all processes that have it: at most one holds it at
// a time. Its zero value cannot be used: see [NewLock]. All methods are safe for
// concurrent use. ("multiprocessing.Lock")
//
// A process that dies or closes the memory while it holds the lock releases it. The
// lock says so until [Lock.MarkConsistent] is called.
//
// Goroutines of one process wait in order. Others may overtake a goroutine that waits, but
// for a millisecond only: then the lock goes from process to process in turn. A holder
// that is stopped or frozen is waited for.
type Lock struct {
	memory *Memory
	offset uint64
	l      *robust.Lock
}

// NewLock makes a lock in m, which is free. It does not block. The error matches
// [ErrMemoryFull], or [ErrClosed] if m was closed.
func NewLock(m *Memory, options ...ObjectOptions) (*Lock, error) {
	return made(m, spec{
		caller: "NewLock", name: named("NewLock", options),
		kind: kindLock, size: robust.LockSize(m.segment()),
	}, &Lock{})
}

func (l *Lock) place() (*Memory, uint64) { return l.memory, l.offset }

func (l *Lock) open(m *Memory, offset uint64) (any, error) {
	return found(m, offset, kindLock, 0, robust.LockSize(m.segment()), l)
}

func (l *Lock) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	l.memory, l.offset, l.l = m, offset, robust.LockAt(m.m, words)
}

// Lock blocks until the lock is held. It panics with an [*OwnerDiedError] if a process
// has died with the lock; the lock is held nevertheless. It panics if the memory is
// closed. See [Lock.LockContext].
func (l *Lock) Lock() {
	if !l.memory.segment().Closed() && l.l.Take() {
		return
	}
	if err := l.LockContext(context.Background()); err != nil {
		panic(err)
	}
}

// LockContext blocks until the lock is held or ctx ends. In the second case it returns
// context.Cause(ctx), and the lock is not held. After Close the error matches
// [ErrClosed].
//
// An [*OwnerDiedError] says that the lock is held, and that a process has died with it
// since the last [Lock.MarkConsistent]. It costs some 20 ns if the lock is free.
func (l *Lock) LockContext(ctx context.Context) error {
	if err := l.memory.usable(); err != nil {
		return err
	}
	died, err := l.l.Lock(ctx)
	switch {
	case err != nil:
		return l.memory.told(err)
	case died:
		return &OwnerDiedError{Pid: l.l.Dead()}
	}
	return nil
}

// TryLock takes the lock if it is free, and reports whether it did. It does not block.
// A lock that was handed to a process that waits is not free, even if no goroutine there
// wants it any more.
// It does not take a lock that a process has died with.
func (l *Lock) TryLock() bool {
	l.memory.use("TryLock")
	ok, died := l.l.TryLock()
	if ok && died {
		l.l.Unlock()
		return false
	}
	return ok
}

// Unlock releases the lock. It panics if this process does not hold it.
func (l *Lock) Unlock() {
	_ = l.memory.segment()
	if !l.l.Unlock() {
		panic("shm: Unlock of a lock that this process does not hold")
	}
}

// leave is Unlock behind a function of the caller's, in which the memory may have been
// closed: then the lock is released already, and the error says so.
func (l *Lock) leave() error {
	if l.memory.usable() == nil {
		l.Unlock()
		return nil
	}
	l.l.Unlock()
	return l.memory.usable()
}

// MarkConsistent says that what the lock guards is in order again: the next holders get
// no [*OwnerDiedError]. It panics if this process does not hold the lock.
func (l *Lock) MarkConsistent() {
	_ = l.memory.segment()
	if !l.l.MarkConsistent() {
		panic("shm: MarkConsistent of a lock that this process does not hold")
	}
}

// Locked reports whether a goroutine of any process holds the lock, or is about to.
func (l *Lock) Locked() bool {
	l.memory.use("Locked")
	return l.l.Locked()
}

// Holder returns the id of the process that holds the lock, as that process knows it. It
// returns 0 if none does.
func (l *Lock) Holder() int {
	l.memory.use("Holder")
	o, ok := l.l.Holder()
	if !ok {
		return 0
	}
	return l.memory.m.Pid(o)
}

// Stats returns the statistics of the lock in this process.
func (l *Lock) Stats() concurrent.LockStats {
	_ = l.memory.segment()
	s := l.l.Stats()
	return concurrent.LockStats{Contended: s.Contended, Canceled: s.Canceled, Handovers: s.Handovers, Waiting: s.Waiting}
}

func init() {
	for _, kind := range []uint32{kindLock, kindValue, kindArray} { // those that begin with a lock
		mem.Register(kind, robust.ForgetLock)
	}
}
