//go:build linux

package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A ledger is what callers were told. It is compared with the journal at the end.
type ledger struct {
	journal *journal
	next    atomic.Uint32 // the number of the next call

	mu       sync.Mutex
	told     []mark
	failures []failure
	verdicts []verdict
	hits     map[int][]time.Time // when which process was hit from outside
	late     []string
	wrong    []string

	// Since when workers can be started again, in nanoseconds since 1970: far in the
	// future while they cannot.
	startable atomic.Int64
}

// A mark is what became of one call, in short.
type mark uint8

const (
	out       mark = 1 << iota // it was begun
	back                       // its caller was told of its end,
	succeeded                  // and that it did what it was to do
	single                     // it was not to run twice
	unstarted                  // it was not to run at all
	mad                        // it drives its worker mad, or takes its time to kill it
	aside                      // it is no call, but an initializer's
)

// A failure is a call that returned an error.
type failure struct {
	job
	err   error
	ended time.Time
	short bool // of descriptors, at some time of the call
}

func newLedger(j *journal) *ledger {
	return &ledger{journal: j, told: make([]mark, len(j.entries)), hits: map[int][]time.Time{}}
}

// begin enters a call.
func (l *ledger) begin(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := out
	if j.function == once {
		m |= single
	}
	if j.order.Trap.Point == nowhere {
		m |= unstarted
	}
	if f := faults[j.order.Trap.Fault]; f.mad || f.slow {
		m |= mad
	}
	l.told[j.order.Trap.Number] |= m
}

// number returns a number for a call.
func (l *ledger) number() uint32 { return l.next.Add(1) - 1 }

// aside returns a number for what is no call.
func (l *ledger) aside() uint32 {
	n := l.number()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told[n] = aside
	return n
}

// end enters how a call ended that was to take no longer than its limit.
func (l *ledger) end(j *job, begun time.Time, short bool, got answer, err error) {
	now := time.Now()
	if got.File != nil {
		got.File.Close()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := j.order.Trap.Number
	if l.told[n]&back != 0 {
		l.wrong = append(l.wrong, fmt.Sprintf("call %d ended twice", n))
	}
	l.told[n] |= back
	if waited := now.Sub(begun); waited > j.limit+bound {
		l.late = append(l.late, fmt.Sprintf("call %d (%s) took %v, its limit was %v: %v", n, j, waited, j.limit, err))
	}
	switch {
	case err != nil:
		l.failures = append(l.failures, failure{*j, err, now, short})
	case (got.File == nil) != (j.order.File == nil) && !j.spoilt:
		l.wrong = append(l.wrong, fmt.Sprintf("call %d: a file was lost, or came from nowhere", n))
	case (got.Number != n || len(got.Payload) != j.order.Answer) && !j.spoilt:
		l.wrong = append(l.wrong, fmt.Sprintf("call %d got the answer to call %d, of %d bytes for %d", n, got.Number, len(got.Payload), j.order.Answer))
	case j.expect != nil && !j.expect(nil):
		l.wrong = append(l.wrong, fmt.Sprintf("call %d (%s) succeeded", n, j))
	default:
		l.told[n] |= succeeded
	}
}

// A verdict is to be passed on what has no number: a pool that is made, a call of
// another function.
type verdict struct {
	what   string
	err    error
	short  bool
	expect func(error) bool // nil: it succeeds
}

// judge has what was told be judged when all is known.
func (l *ledger) judge(what string, err error, short bool, expect func(error) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.verdicts = append(l.verdicts, verdict{what, err, short, expect})
}

// short reports whether no workers could be started for some of the time since begun.
// A start that failed may be told a little later.
func (l *ledger) short(begun time.Time) bool {
	return l.startable.Load() > begun.Add(-time.Second).UnixNano()
}

// hit sends a process a signal that it does not survive, and notes that, unless it was
// dead already.
func (l *ledger) hit(pid int, signal syscall.Signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); syscall.Kill(pid, signal) == nil {
		l.hits[pid] = append(l.hits[pid], now)
	}
}

// note notes something that should not be.
func (l *ledger) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}

// check notes what is told of a wait that began then, and was to end within limit.
func (l *ledger) check(what string, begun time.Time, limit time.Duration) {
	if waited := time.Since(begun); waited > limit+bound {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.late = append(l.late, fmt.Sprintf("%s took %v, its limit was %v", what, waited, limit))
	}
}
