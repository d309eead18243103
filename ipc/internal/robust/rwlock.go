package robust

import (
	"context"
	"errors"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// ErrDied is the error of a reader of what a writer that died may have half changed.
var ErrDied = errors.New("a writer died")

// An RWLock is a lock for any number of readers or one writer. New readers wait while a
// writer waits; after a writer those that wait by then go before the next.
type RWLock struct {
	guarded
	readers desk
	writers desk
	slot    int
}

// The words of an RWLock.
const (
	rwWriter  = iota // its slot + 1
	rwReaders        // how many there are
	rwCredits        // readers that may go before a writer that waits
	rwDied           // the id of the process that died writing, and rwMark
	rwClaim          // see desk
	rwHeld           // of the process in each slot: readers

	rwChanges = 6
	rwMark    = 1 << 32 // nobody has called MarkConsistent since
)

// Readers that go before a writer, for each process whose readers wait.
const rwBatch = 8

// RWLockSize returns the bytes of an RWLock.
func RWLockSize(m *mem.Memory) int {
	return guardedSize(rwChanges, rwHeld+m.Slots()) + 2*lineSize(m)
}

// RWLockAt returns the lock whose bytes lie at words. They are zero for a new lock. Each
// process has one RWLock for them.
func RWLockAt(m *mem.Memory, words unsafe.Pointer) *RWLock {
	l := &RWLock{}
	l.at(m, words)
	l.readers.hall, l.writers.hall = hallOf(m), hallOf(m)
	return l
}

func (l *RWLock) at(m *mem.Memory, p unsafe.Pointer) {
	n := rwHeld + m.Slots()
	l.guarded.at(m, p, rwChanges, n)
	l.slot = m.Self().Slot
	p = unsafe.Add(p, guardedSize(rwChanges, n))
	l.readers = desk{
		g: &l.guarded, line: lineAt(m, p), slot: l.slot, claim: -1,
		ready:   l.mayRead,
		stalled: func(s *section) bool { return s.get(rwWriter) == 0 && s.get(rwReaders) == 0 },
		relent:  func(s *section) { s.set(rwCredits, rwBatch) },
	}
	l.writers = desk{
		g: &l.guarded, line: lineAt(m, unsafe.Add(p, lineSize(m))), slot: l.slot, claim: rwClaim,
		ready:   l.mayWrite,
		stalled: func(s *section) bool { return s.get(rwWriter) == 0 && s.get(rwReaders) == 0 },
		relent:  func(s *section) { s.set(rwCredits, 0) },
	}
}

func (l *RWLock) mayRead(s *section, _ uint64) bool {
	return s.get(rwWriter) == 0 && (s.get(rwCredits) > 0 || !l.writers.line.any())
}

func (l *RWLock) mayWrite(s *section, _ uint64) bool {
	return s.get(rwWriter) == 0 && s.get(rwReaders) == 0 && (s.get(rwCredits) == 0 || !l.readers.line.any())
}

// write is what a writer wants.
func (l *RWLock) write() want {
	return want{n: 1, take: func(s *section) error {
		s.set(rwWriter, uint64(l.slot+1))
		return nil
	}}
}

// read is what a reader wants.
func (l *RWLock) read() want {
	return want{
		n: 1,
		take: func(s *section) error {
			s.add(rwReaders, 1)
			s.add(rwHeld+l.slot, 1)
			if credits := s.get(rwCredits); credits > 0 {
				s.set(rwCredits, credits-1)
			}
			return nil
		},
		ended: func(s *section) error {
			if s.get(rwDied)&rwMark != 0 {
				return ErrDied
			}
			return nil
		},
	}
}

// Lock takes the lock for writing. died is as of [Lock.Lock].
func (l *RWLock) Lock(ctx context.Context) (died bool, err error) {
	if err = l.writers.await(ctx, l.write()); err != nil {
		l.pass() // readers waited behind this writer
		return false, err
	}
	return l.peek().get(rwDied)&rwMark != 0, nil
}

// RLock takes the lock for reading. The error is [ErrDied] while a writer's death is not
// dealt with.
func (l *RWLock) RLock(ctx context.Context) error {
	err := l.readers.await(ctx, l.read())
	if err != nil {
		l.pass() // a writer may have waited behind this reader
	}
	return err
}

// TryLock takes the lock for writing if it is free. died says that a writer has died.
func (l *RWLock) TryLock() (ok, died bool) {
	ok, _ = l.writers.now(l.write())
	return ok, l.peek().get(rwDied)&rwMark != 0
}

// TryRLock takes the lock for reading, unless a writer has it or waits, or has died.
func (l *RWLock) TryRLock() bool {
	ok, _ := l.readers.now(l.read())
	return ok
}

// Unlock ends writing. It returns false if this process does not write.
func (l *RWLock) Unlock() bool {
	s, ok := l.beginPatiently()
	if !ok {
		return false // the memory is closed: nothing is held
	}
	if ok = s.get(rwWriter) == uint64(l.slot+1); ok {
		s.set(rwWriter, 0)
		s.set(rwCredits, rwBatch*uint64(l.readers.line.count()))
	}
	s.end()
	l.pass()
	return ok
}

// RUnlock ends reading. It returns false if this process does not read.
func (l *RWLock) RUnlock() bool {
	s, ok := l.beginPatiently()
	if !ok {
		return false // the memory is closed: nothing is held
	}
	if ok = s.get(rwHeld+l.slot) > 0; ok {
		s.add(rwHeld+l.slot, ^uint64(0))
		s.add(rwReaders, ^uint64(0))
	}
	s.end()
	l.pass()
	return ok
}

// pass wakes those that can have the lock now.
func (l *RWLock) pass() {
	l.readers.pass()
	l.writers.pass()
}

// MarkConsistent says that what the lock guards is in order again. It returns false if
// this process does not write.
func (l *RWLock) MarkConsistent() bool {
	s, ok := l.beginPatiently()
	if !ok {
		return false // the memory is closed: nothing is held
	}
	if ok = s.get(rwWriter) == uint64(l.slot+1); ok {
		s.set(rwDied, 0)
	}
	s.end()
	return ok
}

// Dead returns the id of the process that died writing last.
func (l *RWLock) Dead() int { return int(int32(l.peek().get(rwDied))) }

// ForgetRWLock is the rule for an RWLock.
func ForgetRWLock(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) bool {
	if size < uint64(RWLockSize(m)) {
		return true
	}
	l := &RWLock{}
	l.at(m, words)
	s, ok := l.beginSweep(gone)
	if !ok {
		return !m.Here(gone)
	}
	if s.get(rwWriter) == uint64(gone.Slot+1) {
		s.set(rwWriter, 0)
		s.set(rwDied, rwMark|uint64(uint32(m.Pid(gone))))
	}
	if held := s.get(rwHeld + gone.Slot); held > 0 {
		s.add(rwReaders, -held)
		s.set(rwHeld+gone.Slot, 0)
	}
	l.writers.unclaim(s, gone.Slot)
	s.endSweep()
	l.readers.forget(gone.Slot)
	l.writers.forget(gone.Slot)
	return true
}
