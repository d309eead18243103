package child

import (
	"os"
	"strings"
)

// The race detector has its options in a variable, the first of which counts least. It
// lingers for a second before its process exits unless it is told not to.
const (
	raceVariable = "GORACE"
	atOnce       = "atexit_sleep_ms=0 "
)

// environment returns this process's environment with more, or more only if clean, and
// with the role. The last value of a key counts, which is not what the system does with
// duplicates. race says that the program has the race detector, which is told not to
// linger, until [unhurried].
func environment(more []string, clean, race bool, role string) []string {
	key := func(s string) string { k, _, _ := strings.Cut(s, "="); return k }
	var list []string
	if !clean {
		list = os.Environ()
	}
	list = append(append(list, more...), role)
	if race {
		list = append(list, raceVariable+"="+atOnce+value(list, raceVariable))
	}
	last := map[string]int{}
	for i, s := range list {
		last[key(s)] = i
	}
	kept := list[:0]
	for i, s := range list {
		if last[key(s)] == i {
			kept = append(kept, s)
		}
	}
	return kept
}

// value returns the last value of a key in list.
func value(list []string, key string) (last string) {
	for _, s := range list {
		if k, v, _ := strings.Cut(s, "="); k == key {
			last = v
		}
	}
	return last
}

// unhurried takes back in this process, for those that it starts, what environment has
// told the race detector.
func unhurried() {
	if options, ok := strings.CutPrefix(os.Getenv(raceVariable), atOnce); ok && options == "" {
		os.Unsetenv(raceVariable)
	} else if ok {
		os.Setenv(raceVariable, options)
	}
}
