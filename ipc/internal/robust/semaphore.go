package robust

import (
	"context"
	"math"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A Semaphore holds permits. One that is bounded knows how many each process has, and
// takes back those of the dead.
type Semaphore struct {
	guarded
	desk    desk
	bounded bool
}

// The words of a semaphore.
const (
	semFree  = iota // permits, as an int64: a smaller bound may make it negative
	semClaim        // see desk
	semBound
	semHeld // by the process in each slot, if it is bounded

	semChanges = 4
)

func semaphoreWords(m *mem.Memory, bounded bool) int {
	if bounded {
		return semHeld + m.Slots()
	}
	return semHeld
}

// SemaphoreSize returns the bytes of a semaphore.
func SemaphoreSize(m *mem.Memory, bounded bool) int {
	return guardedSize(semChanges, semaphoreWords(m, bounded)) + lineSize(m)
}

// SemaphoreAt returns the semaphore whose bytes lie at words. They are zero for a new
// one, which has no permits and a bound of 0. Each process has one Semaphore for them.
func SemaphoreAt(m *mem.Memory, words unsafe.Pointer, bounded bool) *Semaphore {
	s := &Semaphore{bounded: bounded}
	s.at(m, words)
	s.desk.hall = hallOf(m)
	return s
}

// InitSemaphore makes a new semaphore, whose bytes are zero, one of n free permits.
// Nobody else has it yet.
func InitSemaphore(m *mem.Memory, words unsafe.Pointer, bounded bool, n int) {
	x := &Semaphore{bounded: bounded}
	x.at(m, words)
	x.words[semFree].Store(uint64(n))
	x.words[semBound].Store(uint64(n))
}

// at sets what the sweep needs, too.
func (x *Semaphore) at(m *mem.Memory, p unsafe.Pointer) {
	n := semaphoreWords(m, x.bounded)
	x.guarded.at(m, p, semChanges, n)
	x.desk = desk{
		g:     &x.guarded,
		line:  lineAt(m, unsafe.Add(p, guardedSize(semChanges, n))),
		slot:  m.Self().Slot,
		claim: semClaim,
		ready: func(s *section, n uint64) bool { return int64(s.get(semFree)) >= int64(n) },
	}
	if x.bounded {
		x.desk.bound = semBound
	}
}

// A TooMany is the error of who wants more permits than the bound.
type TooMany struct{ Wanted, Bound int }

// Error returns a text with both numbers.
func (*TooMany) Error() string { return "more permits than the bound" }

func (x *Semaphore) want(n int) want {
	w := want{n: uint64(n)}
	w.take = func(s *section) error {
		s.add(semFree, -uint64(n))
		if x.bounded {
			s.add(semHeld+x.desk.slot, uint64(n))
		}
		return nil
	}
	if x.bounded {
		w.ended = func(s *section) error {
			if bound := int(s.get(semBound)); n > bound {
				return &TooMany{n, bound}
			}
			return nil
		}
	}
	return w
}

// Acquire blocks until it has n permits or ctx ends, unless n is 0. Of a bounded semaphore
// it returns a [*TooMany] if the bound is less, and as soon as it is.
func (x *Semaphore) Acquire(ctx context.Context, n int) error {
	if n == 0 {
		return nil
	}
	return x.desk.await(ctx, x.want(n))
}

// TryAcquire takes n permits if they are free and no process is next.
func (x *Semaphore) TryAcquire(n int) (bool, error) {
	if n == 0 {
		return true, nil
	}
	return x.desk.now(x.want(n))
}

// Release gives n permits back. It returns false, and has done nothing, if there would
// be more than an int can count, or this process has not so many of a bounded one.
func (x *Semaphore) Release(n int) bool {
	s, ok := x.beginPatiently()
	if !ok {
		return true // the memory is closed: they are back
	}
	free, mine := int64(s.get(semFree)), semHeld+x.desk.slot
	switch {
	case x.bounded && s.get(mine) < uint64(n), !x.bounded && free > math.MaxInt64-int64(n):
		s.end()
		return false
	case x.bounded:
		s.add(mine, -uint64(n))
	}
	s.set(semFree, uint64(free+int64(n)))
	s.end()
	x.desk.pass()
	return true
}

// Held returns how many permits of a bounded semaphore this process has.
func (x *Semaphore) Held() int { return int(x.peek().get(semHeld + x.desk.slot)) }

// Resize changes the bound, and adds or withdraws permits.
func (x *Semaphore) Resize(n int) {
	s, ok := x.beginPatiently()
	if !ok {
		return
	}
	s.add(semFree, uint64(n)-s.get(semBound))
	s.set(semBound, uint64(n))
	s.end()
	x.desk.tell() // some want more than there will ever be
	x.desk.pass()
}

// Bound returns the bound.
func (x *Semaphore) Bound() int { return int(x.peek().get(semBound)) }

// Value returns how many permits are free.
func (x *Semaphore) Value() int { return int(max(int64(x.peek().get(semFree)), 0)) }

// ForgetSemaphore returns the rule for a semaphore.
func ForgetSemaphore(bounded bool) func(*mem.Memory, unsafe.Pointer, uint64, mem.Owner) bool {
	return func(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) bool {
		if size < uint64(SemaphoreSize(m, bounded)) {
			return true
		}
		x := &Semaphore{bounded: bounded}
		x.at(m, words)
		s, ok := x.beginSweep(gone)
		if !ok {
			return !m.Here(gone)
		}
		x.desk.unclaim(s, gone.Slot)
		if mine := semHeld + gone.Slot; bounded && s.get(mine) > 0 {
			s.add(semFree, s.get(mine))
			s.set(mine, 0)
		}
		s.endSweep()
		x.desk.forget(gone.Slot)
		return true
	}
}
