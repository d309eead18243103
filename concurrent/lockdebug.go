package concurrent

import (
	"fmt"
	"strings"
	"time"
)

// DebugLocks sets the function that gets reports of locks that are used in ways
// that can deadlock. It reports whether the program was built with the tag
// lockdebug:
//
//	go test -tags lockdebug ./...
//
// In any other build it has no effect, and locks cost what they always cost.
//
// report is called with every [LockProblem] of every [Lock], [RLock] and [RWLock]
// of the program. The call is made by the goroutine that asks for the lock, or, for
// [LockSlow], by another one. Several goroutines may call report at the same time.
// It must not take one of these locks. With nil, as before the first call, reports
// go to package log.
//
// Waiting longer than slow is a problem. Zero means 10 s, and negative means that
// no wait is too long.
//
// In a debugging build a lock operation costs a few microseconds. The program
// remembers at most 65,536 pairs of locks that were held together. A report shows
// what can deadlock, not what must: another goroutine may unlock a lock than the
// one that took it.
func DebugLocks(report func(LockReport), slow time.Duration) bool {
	if lockDebugging {
		setLockDebug(report, slow)
	}
	return lockDebugging
}

// LockProblem is the kind of a [LockReport].
type LockProblem string

// The problems that are reported.
const (
	// LockSlow: a goroutine has waited for a lock longer than the limit given to
	// [DebugLocks]. The report shows the holders of the lock. It is made once per
	// wait.
	LockSlow LockProblem = "waiting long for a lock"
	// LockAgain: a goroutine waits for a lock that it holds itself. With an RWLock,
	// this includes a reader that asks for reading again.
	LockAgain LockProblem = "waiting for a lock that this goroutine holds"
	// LockOrder: a goroutine waits for a lock B while it holds a lock A, and
	// earlier a goroutine waited for A while it held B. Two goroutines that do so
	// at the same time deadlock. It is reported once per pair of locks.
	LockOrder LockProblem = "locks taken in different orders"
)

// A LockReport is a problem that [DebugLocks] found.
type LockReport struct {
	// Problem is the kind of the report.
	Problem LockProblem
	// Asker is the goroutine that asks for the lock now.
	Asker LockUse
	// Holders are the goroutines that hold the lock. For LockOrder it is the one
	// lock that the asking goroutine holds.
	Holders []LockUse
	// Before is set for LockOrder. It holds the two earlier uses of the locks in
	// the other order: first the lock that was held, then the one that was asked
	// for.
	Before []LockUse
}

// A LockUse is a place in the program where a goroutine took a lock or asked for
// it.
type LockUse struct {
	Lock      string // its kind and a number, different for each lock
	Reading   bool   // an RWLock, for reading
	Goroutine int64  // the number that stack traces show
	Stack     string // of the goroutine, when it asked for the lock
}

// String returns the report with all stacks, on many lines.
func (r LockReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "concurrent: %s\n", r.Problem)
	r.Asker.write(&b, "", "asks for")
	for _, u := range r.Holders {
		u.write(&b, "", "holds")
	}
	for i, u := range r.Before {
		u.write(&b, "before, ", [...]string{"held", "asked for"}[min(i, 1)])
	}
	return b.String()
}

func (u LockUse) write(b *strings.Builder, when, verb string) {
	reading := ""
	if u.Reading {
		reading = " for reading"
	}
	fmt.Fprintf(b, "%sgoroutine %d %s %s%s:\n%s", when, u.Goroutine, verb, u.Lock, reading, u.Stack)
}
