package leak

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// processes adds descriptors, descendants and shared memory.
func processes(s Snapshot) {
	descriptors(s)
	descendants(s)
	shared(s)
}

// ours is how the names of the library's shared memory begin.
const ours = "fanfold-"

// shared adds the entries of /dev/shm that can be ours: all of the machine have the
// folder in common, the tests of other packages too, which run at the same time. What
// others use is theirs, and what has the id of another process in its name, as tests
// that are careful give it; what they have just left is gone within the grace.
func shared(s Snapshot) {
	paths, _ := filepath.Glob("/dev/shm/" + ours + "*")
	for _, path := range paths {
		if !namedByOthers(path, s) && !usedByOthers(path, s) {
			s["shm "+path] = "shared memory: " + path
		}
	}
}

// namedByOthers reports whether the name holds the id, between two dashes, of a process
// that runs and is neither this one nor one of its descendants.
func namedByOthers(path string, s Snapshot) bool {
	for part := range strings.SplitSeq(filepath.Base(path), "-") {
		pid, err := strconv.Atoi(part)
		if err != nil || pid == os.Getpid() {
			continue
		}
		_, descendant := s["process "+part]
		if _, err = os.Stat("/proc/" + part); err == nil && !descendant {
			return true
		}
	}
	return false
}

// usedByOthers reports whether a process has the file open or mapped that is neither
// this one nor one of its descendants, which s holds. What was linked after it was opened
// has another path there, so that files are told by their numbers.
func usedByOthers(path string, s Snapshot) bool {
	info, err := os.Stat(path)
	if err != nil {
		return true // it is gone
	}
	stat := info.Sys().(*syscall.Stat_t)
	mapped := fmt.Appendf(nil, " %02x:%02x %d ", stat.Dev>>8&0xfff, stat.Dev&0xff|stat.Dev>>12&0xfff00, stat.Ino)
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		pid := filepath.Base(process)
		if _, descendant := s["process "+pid]; descendant || pid == strconv.Itoa(os.Getpid()) {
			continue
		}
		maps, _ := os.ReadFile(process + "/maps")
		if bytes.Contains(maps, mapped) {
			return true
		}
		fds, _ := filepath.Glob(process + "/fd/*")
		for _, fd := range fds {
			if other, err := os.Stat(fd); err == nil && os.SameFile(info, other) {
				return true
			}
		}
	}
	return false
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
