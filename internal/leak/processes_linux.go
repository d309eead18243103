package leak

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// processes adds descriptors, descendants and entries of /dev/shm.
func processes(s Snapshot) {
	descriptors(s)
	descendants(s)
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
		case strings.HasPrefix(target, "/sys/fs/cgroup"): // the runtime's view of its CPU limit
		default:
			s["fd "+e.Name()+" "+target] = "descriptor " + e.Name() + ": " + target
		}
	}
}

// descendants adds the children of this process and whatever else carries its
// mark: a grandchild whose parent is gone is somebody else's child.
func descendants(s Snapshot) {
	own := strconv.Itoa(os.Getpid())
	marked := []byte("\x00" + mark + "=" + own + "\x00")
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
		pid, rest := strings.TrimSpace(text[:open]), strings.Fields(text[end+1:])
		if pid == own || len(rest) < 2 {
			continue
		}
		if rest[1] != own {
			environ, _ := os.ReadFile("/proc/" + pid + "/environ")
			if !bytes.Contains(append([]byte{0}, environ...), marked) {
				continue
			}
		}
		s["process "+pid] = fmt.Sprintf("process %s %s, state %s", pid, text[open:end+1], rest[0])
	}
}
