package model

import "fmt"

// A System is what can be explored: a state with the steps that lead on from it.
type System[S comparable] interface {
	comparable

	// Steps returns the states after one step of one process. A death and the end of a
	// wait because its ctx has ended are steps, too: progress says that one of the
	// others is there.
	Steps() (next []S, progress bool)

	// Fault returns what is wrong with the state, or "". stuck says that no process can
	// go on by itself.
	Fault(stuck bool) string
}

// A Result tells what an exploration has found.
type Result struct {
	States int
	Fault  string // what is wrong with the first state at fault, or ""
}

// String returns the number of states and the fault.
func (r Result) String() string { return fmt.Sprintf("%d states, fault: %q", r.States, r.Fault) }

// Explore visits all states that can be reached from start, depth first. It stops at
// the first fault.
func Explore[S System[S]](start S) Result {
	seen := map[S]struct{}{start: {}}
	for todo := []S{start}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		next, progress := s.Steps()
		if fault := s.Fault(!progress); fault != "" {
			return Result{len(seen), fmt.Sprintf("%s: %+v", fault, s)}
		}
		for _, n := range next {
			if _, known := seen[n]; !known {
				seen[n] = struct{}{}
				todo = append(todo, n)
			}
		}
	}
	return Result{States: len(seen)}
}

// processes is how many a model has.
const processes = 3

// A life is what the kernel says of a process.
type life uint8

const (
	alive life = iota
	died       // the kernel has set OWNER_DIED
	swept      // and the books of the others know
)

// A set of processes has a bit for each.
type set uint8

func (s set) has(i int) bool { return s&(1<<i) != 0 }

// lowest returns the first member, or −1 when there is none.
func (s set) lowest() int {
	for i := range processes {
		if s.has(i) {
			return i
		}
	}
	return -1
}
