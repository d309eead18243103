// Package leak lets a TestMain check that a package's tests leave nothing
// behind: no goroutine, no file descriptor, no child process, no file of the
// library's in /dev/shm.
package leak

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Grace is how long what a test started may take to go away: goroutines end a
// moment after the call that waited for them, and the kernel reaps and closes
// in its own time.
const Grace = 3 * time.Second

// Run calls run (testing.M's Run, usually), compares what the process holds
// afterwards with what it held before, and returns run's status, or 1 with a
// report on standard error when something was left behind.
//
//	func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }
func Run(run func() int) int { return runWithin(Grace, run) }

func runWithin(grace time.Duration, run func() int) int {
	before := Begin()
	status := run()
	if left := before.Wait(grace); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "leak: the tests left behind:\n%s\n", strings.Join(left, "\n"))
		if status == 0 {
			status = 1
		}
	}
	return status
}

// Begin returns what the process holds before it does what is to be checked. What it
// starts from then on is known for its own, whoever its parent is later.
func Begin() Snapshot {
	// The runtime opens its poller with the first pipe or socket, for good.
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
	// Descendants inherit this, so that they are found even when the process
	// between them and this one is gone.
	os.Setenv(mark, strconv.Itoa(os.Getpid()))
	return Take()
}

// mark is the environment variable by which descendants of a test are known.
const mark = "FANFOLD_LEAK_MARK"

// A Snapshot is what a process held at one moment: a name for each thing.
type Snapshot map[string]string

// Take returns what the process holds now. Descriptors, children and shared
// memory are looked at where the system has a /proc; goroutines everywhere.
func Take() Snapshot {
	s := Snapshot{}
	goroutines(s)
	processes(s)
	return s
}

// Wait returns what is there now and was not in s, sorted, looking again until
// nothing is or patience is used up.
func (s Snapshot) Wait(patience time.Duration) []string {
	deadline := time.Now().Add(patience)
	for {
		left := s.Left()
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Left returns what is there now and was not in s, sorted.
func (s Snapshot) Left() []string {
	var left []string
	for key, text := range Take() {
		if _, known := s[key]; !known {
			left = append(left, text)
		}
	}
	slices.Sort(left)
	return left
}
