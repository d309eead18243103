package leak

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// processes adds descriptors, child processes and entries of /dev/shm.
func processes(s Snapshot) {
	descriptors(s)
	children(s)
	entries, _ := os.ReadDir("/dev/shm")
	for _, e := range entries {
		s["shm "+e.Name()] = "shared memory: /dev/shm/" + e.Name()
	}
}

func descriptors(s Snapshot) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil {
			continue // closed since: the listing's own descriptor, for one
		}
		switch {
		case strings.HasPrefix(target, "anon_inode:[event"): // the runtime's poller
		case strings.HasPrefix(target, "/sys/fs/cgroup"): // the runtime's view of its CPU limit
		default:
			s["fd "+e.Name()+" "+target] = "descriptor " + e.Name() + ": " + target
		}
	}
}

func children(s Snapshot) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // ended since
		}
		// pid (name) state ppid …; the name may hold spaces and brackets.
		text := string(data)
		open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
		if open < 0 || end < open {
			continue
		}
		var state string
		var parent int
		if _, err := fmt.Sscan(text[end+1:], &state, &parent); err != nil || parent != os.Getpid() {
			continue
		}
		pid := strings.TrimSpace(text[:open])
		s["child "+pid] = fmt.Sprintf("child process %s %s, state %s", pid, text[open:end+1], state)
	}
}
