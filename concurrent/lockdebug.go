package concurrent

import (
	"fmt"
	"strings"
	"time"
)

// DebugLocks sets what is told of locks that are used in ways that can deadlock,
// in a build with the tag lockdebug:
//
//	go test -tags lockdebug ./...
//
// and says whether this is such a build. In any other one it does nothing and
// locks cost what they always cost.
//
// The function report gets every problem that [LockProblem] lists, of every
// [Lock], [RLock] and [RWLock] of the program. It is called in the goroutine that
// asks for the lock, or, for [LockSlow], in one of its own; several may call it at
// the same time, and it must not take one of these locks. With nil, as before the
// first call, problems go to package log. A lock that is waited for longer than
// slow is one; 0 means ten seconds, less than 0 that none is.
//
// A lock that debugs costs a few microseconds and takes notes of what was locked
// under what, 65,536 pairs at most. Since a lock may be unlocked by another
// goroutine than the one that took it, a report tells of what can deadlock and
// need not: who asks for a lock that it holds may rely on another to unlock it.
func DebugLocks(report func(LockReport), slow time.Duration) bool {
	if lockDebugging {
		setLockDebug(report, slow)
	}
	return lockDebugging
}

// LockProblem is what a [LockReport] is about.
type LockProblem string

// The problems that are reported.
const (
	// LockSlow: a lock has been waited for longer than [DebugLocks] was told is
	// usual. The report says who holds it. Reported once for a wait.
	LockSlow LockProblem = "waiting long for a lock"
	// LockAgain: a goroutine waits for a lock that it holds itself. Of an RWLock
	// that includes to ask for reading when it reads already.
	LockAgain LockProblem = "waiting for a lock that this goroutine holds"
	// LockOrder: a goroutine waits for a lock B while it holds a lock A, and once
	// somebody held B and waited for A. Two who do so at the same time deadlock.
	// Reported once for two locks.
	LockOrder LockProblem = "locks taken in different orders"
)

// A LockReport is a problem that [DebugLocks] found.
type LockReport struct {
	// Problem says what kind of report it is.
	Problem LockProblem
	// Asker is who asks for the lock now.
	Asker LockUse
	// Holders are those who hold the lock; for LockOrder it is the one use of the
	// asker's that holds the other lock.
	Holders []LockUse
	// Before is set for LockOrder: the two uses of the locks in the other order,
	// the held one first.
	Before []LockUse
}

// A LockUse is where a lock was taken or asked for.
type LockUse struct {
	Lock      string // its kind and a number that tells it from others
	Reading   bool   // of an RWLock
	Goroutine int64  // the number that stack traces show
	Stack     string // of the goroutine when it asked
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
