//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

// books compares ledger and journal, when all is over.
func (l *ledger) books(t *tally) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.late = append(t.late, l.late...)
	t.unexplained = append(t.unexplained, l.wrong...)
	for n := range l.journal.entries {
		e, m := &l.journal.entries[n], l.told[n]
		starts, ends := e.starts.Load(), e.ends.Load()
		switch {
		case m&aside != 0:
			continue
		case m == 0 && starts > 0:
			t.doubled = append(t.doubled, fmt.Sprintf("call %d ran, and nobody made it", n))
		case m == 0:
			continue
		case m&back == 0:
			t.lost = append(t.lost, fmt.Sprintf("call %d never ended", n))
		case m&succeeded != 0 && (starts == 0 || ends == 0):
			t.lost = append(t.lost, fmt.Sprintf("call %d succeeded, and ran %d times, %d to its end", n, starts, ends))
		case m&unstarted != 0 && starts > 0, m&single != 0 && starts > 1:
			t.doubled = append(t.doubled, fmt.Sprintf("call %d ran %d times", n, starts))
		}
		t.calls++
		if m&succeeded != 0 {
			t.ok++
		}
	}

	strikes := l.strikes()
	for _, v := range l.verdicts {
		if !v.holds(strikes) {
			t.unexplained = append(t.unexplained, fmt.Sprintf("%s returned %T %.300v", v.what, v.err, v.err))
		}
	}
	costs := map[int]int{}
	for _, f := range l.failures {
		t.outcome(f.err)
		if !l.explained(&f, strikes) {
			t.unexplained = append(t.unexplained, fmt.Sprintf("call %d (%s, %s, at most %v) returned %T %.600v", f.order.Trap.Number, f.function.Name(), &f.job, f.limit, f.err, f.err))
		}
		if died, ok := errors.AsType[*ipc.ProcessDiedError](f.err); ok {
			if !f.follows { // a chunk is one call
				costs[died.Pid]++
			}
			if since, ok := strikes[died.Pid].since(f.ended); ok {
				t.surfaced = append(t.surfaced, since)
				if since > bound {
					t.late = append(t.late, fmt.Sprintf("call %d heard of the end of its worker after %v", f.order.Trap.Number, since))
				}
			}
		}
	}
	for pid, n := range costs {
		if n > len(strikes[pid].times) && !strikes[pid].mad {
			t.unexplained = append(t.unexplained, fmt.Sprintf("the end of worker %d cost %d calls, it was hit %d times", pid, n, len(strikes[pid].times)))
		}
	}
}

// A stricken is a process that was hit at these times. One that is mad may cost more
// than the call that made it so, and nobody knows when.
type stricken struct {
	times []time.Time
	mad   bool
}

// strikes returns the processes that something was done to.
func (l *ledger) strikes() map[int]stricken {
	all := map[int]stricken{}
	for pid, times := range l.hits {
		all[pid] = stricken{times: times}
	}
	for n := range l.journal.entries {
		e := &l.journal.entries[n]
		for i := range e.pids {
			if pid := int(e.pids[i].Load()); pid != 0 {
				s := all[pid]
				s.times = append(s.times, time.Unix(0, e.struck.Load()))
				s.mad = s.mad || l.told[n]&mad != 0
				all[pid] = s
			}
		}
	}
	for _, s := range all {
		slices.SortFunc(s.times, time.Time.Compare)
	}
	return all
}

// explained reports whether a call may have failed so.
func (l *ledger) explained(f *failure, strikes map[int]stricken) bool {
	e := &l.journal.entries[f.order.Trap.Number]
	if died, ok := errors.AsType[*ipc.ProcessDiedError](f.err); ok {
		switch {
		case len(strikes[died.Pid].times) == 0: // nobody did anything to that worker
			return false
		case f.function == again:
			return false
		case f.function == thrice:
			return died.Poison && died.Attempts == attempts && e.starts.Load() <= attempts
		case died.Poison:
			return false
		case e.took(died.Pid) && len(strikes[died.Pid].times) == 1: // it was the fault of this call alone
			return f.order.Trap.Point == idle || f.expect(f.err)
		}
		return true
	}
	switch {
	case f.expect != nil && f.expect(f.err):
		return true
	case errors.Is(f.err, ipc.ErrStart):
		return f.short || hitAtStart(f.err, strikes)
	case errors.Is(f.err, syscall.EMFILE): // large answers come in memory that has a descriptor
		return f.short
	}
	return f.limit < patience && errors.Is(f.err, context.DeadlineExceeded)
}

var processNumber = regexp.MustCompile(`process (\d+) `)

// hitAtStart reports whether a worker could not be started because it was hit.
func hitAtStart(err error, strikes map[int]stricken) bool {
	if m := processNumber.FindStringSubmatch(err.Error()); m != nil {
		pid, _ := strconv.Atoi(m[1])
		return len(strikes[pid].times) > 0
	}
	return false
}

// since returns how long before that time the process was hit, the last time.
func (s stricken) since(ended time.Time) (time.Duration, bool) {
	for _, t := range slices.Backward(s.times) {
		if since := ended.Sub(t); since >= 0 && !s.mad {
			return since, true
		}
	}
	return 0, false
}

// holds reports whether that may have been told.
func (v verdict) holds(strikes map[int]stricken) bool {
	died, ok := errors.AsType[*ipc.ProcessDiedError](v.err)
	return v.expect != nil && v.expect(v.err) || v.expect == nil && v.err == nil ||
		ok && len(strikes[died.Pid].times) > 0 ||
		errors.Is(v.err, ipc.ErrStart) && (v.short || hitAtStart(v.err, strikes))
}
