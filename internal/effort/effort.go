// Package effort says how much a test may do: the gate has minutes, the race detector
// makes everything some five times slower, and the run before a release has time for
// storms. Tests ask.
package effort

import "os"

// Long reports whether this is the run before a release (.ci/long), which sets
// FANFOLD_LONG.
func Long() bool { return os.Getenv("FANFOLD_LONG") != "" }

// Times returns how often a test does its work: gate, or race under the race
// detector, or long in the run before a release, and a fifth of that under the race
// detector there.
func Times(gate, race, long int) int {
	switch {
	case Long() && Race:
		return max(race, long/5)
	case Long():
		return long
	case Race:
		return race
	}
	return gate
}
