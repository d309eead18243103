package child

import (
	"os"
	"strings"
)

// environment returns this process's environment with more, or more only if clean, and
// with the role. The last value of a key counts, which is not what the system does with
// duplicates.
func environment(more []string, clean bool, role string) []string {
	key := func(s string) string { k, _, _ := strings.Cut(s, "="); return k }
	var list []string
	if !clean {
		list = os.Environ()
	}
	list = append(append(list, more...), role)
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
