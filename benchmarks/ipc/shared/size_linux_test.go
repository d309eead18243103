package shared_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/ipc/shm"
)

// BenchmarkNewMemory makes a memory for 256 processes and gives it up. It also reports
// what such a memory has of the machine's, and what a lock in it needs.
func BenchmarkNewMemory(b *testing.B) {
	b.Run("impl=fanfold", func(b *testing.B) {
		for b.Loop() {
			m := must(shm.NewMemory(shm.MemoryOptions{Processes: 256}))(b)
			m.Close()
		}
		m := newMemory(b, shm.MemoryOptions{Processes: 256})
		b.ReportMetric(resident(b), "resident-B")
		grow(b, m)
		grow(b, m) // to where it grows by a whole step
		begin, locks := m.Stats().Bytes, grow(b, m)
		b.ReportMetric(float64(m.Stats().Bytes-begin)/float64(locks), "lock-B")
	})
}

// grow makes locks until the memory has grown, and returns how many.
func grow(b *testing.B, m *shm.Memory) (locks int) {
	for begin := m.Stats().Bytes; m.Stats().Bytes == begin; locks++ {
		must(shm.NewLock(m))(b)
	}
	return locks
}

// resident returns how many bytes of the newest memory are in this process.
func resident(b *testing.B) (bytes float64) {
	f := must(os.Open("/proc/self/smaps"))(b)
	defer f.Close()
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.Contains(line, "memfd:fanfold") {
			inside, bytes = true, 0
		} else if strings.Contains(line, "-") && !strings.Contains(line, "kB") {
			inside = false
		}
		var kB float64
		if rest, ok := strings.CutPrefix(line, "Rss:"); ok && inside {
			fmt.Sscan(rest, &kB)
			bytes = kB * 1024
		}
	}
	return bytes
}
