//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

// A tally is what came out.
type tally struct {
	seed     uint64
	took     time.Duration
	faults   map[string]int // that were injected
	calls    int
	ok       int
	outcomes map[string]int // of the others
	retried  int64
	workers  int64
	surfaced []time.Duration // how long the ends of workers took to be told
	middle   string          // of the line, of a storm over shared memory

	// What must not be.
	lost, doubled, unexplained, late, left []string
}

// add adds what came out of another storm.
func (t *tally) add(other tally) {
	t.took += other.took
	t.calls += other.calls
	t.ok += other.ok
	t.retried += other.retried
	t.workers += other.workers
	t.surfaced = append(t.surfaced, other.surfaced...)
	t.lost = append(t.lost, other.lost...)
	t.doubled = append(t.doubled, other.doubled...)
	t.unexplained = append(t.unexplained, other.unexplained...)
	t.late = append(t.late, other.late...)
	t.faults, t.outcomes = sum(t.faults, other.faults), sum(t.outcomes, other.outcomes)
}

func sum(a, b map[string]int) map[string]int {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]int{}
	}
	for name, n := range b {
		all[name] += n
	}
	return all
}

// outcome counts a call that failed.
func (t *tally) outcome(err error) {
	if t.outcomes == nil {
		t.outcomes = map[string]int{}
	}
	t.outcomes[kind(err)]++
}

// kind names what an error is.
func kind(err error) string {
	for _, k := range []struct {
		name string
		is   bool
	}{
		{"out of memory", errors.Is(err, ipc.ErrMemoryLimit)},
		{"poison", errors.Is(err, ipc.ErrPoison)},
		{"died", errors.Is(err, ipc.ErrProcessDied)},
		{"over their deadline", errors.Is(err, context.DeadlineExceeded)},
		{"canceled", errors.Is(err, errCanceled)},
		{"panicked", panicked(err)},
		{"by Goexit", errors.Is(err, ipc.ErrGoexit)},
		{"too large", tooLarge("argument")(err) || tooLarge("result")(err)},
		{"unencodable", says("cannot travel")(err)},
		{"not started", errors.Is(err, ipc.ErrStart)},
		{"refused by a closed pool", errors.Is(err, ipc.ErrClosed)},
	} {
		if k.is {
			return k.name
		}
	}
	return "with errors"
}

// line is the tally in one line.
func (t *tally) line() string {
	n := 0
	for _, m := range t.faults {
		n += m
	}
	if t.middle == "" {
		t.middle = t.pools()
	}
	return fmt.Sprintf("%d faults in %.1f s (seed %d); %s; lost %d, doubled %d, unexplained %d, late %d, left %d",
		n, t.took.Seconds(), t.seed, t.middle, len(t.lost), len(t.doubled), len(t.unexplained), len(t.late), len(t.left))
}

// pools is the part of the line that is about pools.
func (t *tally) pools() string {
	var failed []string
	for _, name := range slices.Sorted(maps.Keys(t.outcomes)) {
		failed = append(failed, fmt.Sprintf(", %d %s", t.outcomes[name], name))
	}
	slices.Sort(t.surfaced)
	median, most := time.Duration(0), time.Duration(0)
	if k := len(t.surfaced); k > 0 {
		median, most = t.surfaced[k/2], t.surfaced[k-1]
	}
	return fmt.Sprintf("%d calls: %d ok%s; %d workers, %d calls moved; deaths told in %v, at most %v",
		t.calls, t.ok, strings.Join(failed, ""), t.workers, t.retried,
		median.Round(10*time.Microsecond), most.Round(10*time.Microsecond))
}

// kinds tells how often each fault was injected.
func (t *tally) kinds() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(t.faults)) {
		all = append(all, fmt.Sprintf("%d %s", t.faults[name], name))
	}
	return strings.Join(all, ", ")
}

// losses says what must not be, a line for each.
func (t *tally) losses() (all []string) {
	for _, list := range []struct {
		name  string
		items []string
	}{{"lost", t.lost}, {"doubled", t.doubled}, {"unexplained", t.unexplained}, {"late", t.late}, {"left", t.left}} {
		for _, item := range list.items {
			all = append(all, list.name+": "+item)
		}
	}
	return all
}
