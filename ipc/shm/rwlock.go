package shm

import (
	"context"
	"sync"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// An RWLock is a lock for any number of readers or one writer, among the goroutines of
// all processes. Its zero value cannot be used: see [NewRWLock]. All methods are safe
// for concurrent use.
//
// Neither readers nor writers starve. New readers wait while a writer waits. After a
// writer, up to 8 readers for each process in which one waits go before the next writer.
//
// A process that dies while it writes leaves what the lock guards half changed. Writers
// then get an [*OwnerDiedError] with the lock held, and readers get the error without
// it, until [RWLock.MarkConsistent]. A process that dies while it reads leaves nothing.
type RWLock struct {
	memory *Memory
	offset uint64
	l      *robust.RWLock
}

// NewRWLock makes a lock in m, which is free. It does not block. The error matches
// [ErrMemoryFull], or [ErrClosed] if m was closed.
func NewRWLock(m *Memory, options ...ObjectOptions) (*RWLock, error) {
	return made(m, spec{
		caller: "NewRWLock", name: named("NewRWLock", options),
		kind: kindRWLock, size: robust.RWLockSize(m.segment()),
	}, &RWLock{})
}

func (rw *RWLock) place() (*Memory, uint64) { return rw.memory, rw.offset }

func (rw *RWLock) open(m *Memory, offset uint64) (any, error) {
	return found(m, offset, kindRWLock, 0, robust.RWLockSize(m.segment()), rw)
}

func (rw *RWLock) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	rw.memory, rw.offset, rw.l = m, offset, robust.RWLockAt(m.m, words)
}

// Lock takes the lock for writing. It blocks until no goroutine reads or writes. It
// panics with an [*OwnerDiedError], the lock held: see [RWLock.LockContext]. It panics
// after Close.
func (rw *RWLock) Lock() {
	if err := rw.LockContext(context.Background()); err != nil {
		panic(err)
	}
}

// LockContext takes the lock for writing. It returns context.Cause(ctx) if ctx ends first,
// or has ended before, and the lock is not held. After Close the error matches
// [ErrClosed].
//
// An [*OwnerDiedError] says that the lock is held, and that a process has died writing
// since the last [RWLock.MarkConsistent].
func (rw *RWLock) LockContext(ctx context.Context) error {
	if err := rw.memory.usable(); err != nil {
		return err
	}
	died, err := rw.l.Lock(ctx)
	if err == nil && died {
		err = &OwnerDiedError{Pid: rw.l.Dead()}
	}
	return rw.memory.told(err)
}

// TryLock takes the lock for writing if it is free, and reports whether it did. It does
// not block. It does not take a lock with which a process has died. It panics after Close.
func (rw *RWLock) TryLock() bool {
	rw.memory.use("RWLock.TryLock")
	ok, died := rw.l.TryLock()
	if ok && died {
		rw.l.Unlock()
		return false
	}
	return ok
}

// Unlock ends writing. It panics if this process does not write.
func (rw *RWLock) Unlock() {
	_ = rw.memory.segment()
	if !rw.l.Unlock() {
		panic("shm: Unlock of an RWLock that this process does not hold for writing")
	}
}

// RLock takes the lock for reading. It blocks while a writer has the lock or waits for
// it. It panics with an [*OwnerDiedError], the lock not held, and after Close.
func (rw *RWLock) RLock() {
	if err := rw.RLockContext(context.Background()); err != nil {
		panic(err)
	}
}

// RLockContext takes the lock for reading. It returns context.Cause(ctx) if ctx ends first,
// or has ended before. After Close the error matches [ErrClosed].
//
// An [*OwnerDiedError] says that the lock is not held, since a process has died writing
// and no writer has called [RWLock.MarkConsistent].
func (rw *RWLock) RLockContext(ctx context.Context) error {
	if err := rw.memory.usable(); err != nil {
		return err
	}
	err := rw.l.RLock(ctx)
	if err == robust.ErrDied {
		return &OwnerDiedError{Pid: rw.l.Dead()}
	}
	return rw.memory.told(err)
}

// TryRLock takes the lock for reading unless a writer has it, waits for it or has died
// with it, and reports whether it did. It does not block. It panics after Close.
func (rw *RWLock) TryRLock() bool {
	rw.memory.use("RWLock.TryRLock")
	return rw.l.TryRLock()
}

// RUnlock ends reading. It panics if this process does not read.
func (rw *RWLock) RUnlock() {
	_ = rw.memory.segment()
	if !rw.l.RUnlock() {
		panic("shm: RUnlock of an RWLock that this process does not hold for reading")
	}
}

// RLocker returns a sync.Locker whose Lock and Unlock are RLock and RUnlock.
func (rw *RWLock) RLocker() sync.Locker { return (*reader)(rw) }

type reader RWLock

func (r *reader) Lock()   { (*RWLock)(r).RLock() }
func (r *reader) Unlock() { (*RWLock)(r).RUnlock() }

// MarkConsistent says that what the lock guards is in order again. It panics if this
// process does not hold the lock for writing.
func (rw *RWLock) MarkConsistent() {
	_ = rw.memory.segment()
	if !rw.l.MarkConsistent() {
		panic("shm: MarkConsistent of an RWLock that this process does not hold for writing")
	}
}

func init() { mem.Register(kindRWLock, robust.ForgetRWLock) }
