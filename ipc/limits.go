package ipc

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Limits are what a process may use of the machine. The kernel holds it to them, and
// it cannot raise them. Zero fields mean no limit but those of this process.
type Limits struct {
	// Memory bounds the memory that the process can get, in bytes: its data and
	// heap, Go's or C's (RLIMIT_DATA). An empty program takes about 80 MiB of it; Go's
	// collector is told to keep what lives on its heap and what is garbage within
	// three quarters of the rest, which it cannot do for a program that throws gigabytes
	// a second away. A process that needs more crashes, and the error says so:
	// errors.Is(err, ErrMemoryLimit). At least 128 MiB.
	//
	// The kernel counts the stacks of C threads whole, 8 MiB each as a rule. On Linux
	// a program with such a limit therefore starts itself once more, so that they are
	// of 1 MiB, which takes two milliseconds.
	Memory int64

	// CPU bounds the time on processors, rounded up to whole seconds; the process
	// is killed when it has used it up (RLIMIT_CPU).
	CPU time.Duration

	// Files bounds how many descriptors it can have open (RLIMIT_NOFILE), those of
	// this package, about ten, and those handed down included. At least 32, and as
	// many more as are handed down.
	Files int

	// FileSize bounds the size of files it writes, in bytes (RLIMIT_FSIZE).
	FileSize int64

	// NoCore keeps a crash from writing a core file (RLIMIT_CORE).
	NoCore bool
}

const (
	leastMemory = 128 << 20
	emptyMemory = 80 << 20 // of a program that does nothing, and its threads
	leastFiles  = 32
)

// check panics where a limit makes no sense for a process that is handed so many
// files.
func (l Limits) check(caller string, files int) {
	switch {
	case l.Memory != 0 && l.Memory < leastMemory:
		panic(fmt.Sprintf("ipc: %s: Limits.Memory is %d, want 0 (no limit) or at least %d", caller, l.Memory, leastMemory))
	case l.Files != 0 && l.Files < leastFiles+files:
		panic(fmt.Sprintf("ipc: %s: Limits.Files is %d, want 0 (no limit) or at least %d", caller, l.Files, leastFiles+files))
	case l.CPU < 0 || l.FileSize < 0:
		panic(fmt.Sprintf("ipc: %s: Limits.CPU is %v and FileSize %d, want 0 (no limit) or more", caller, l.CPU, l.FileSize))
	}
}

// ErrMemoryLimit is what errors.Is finds, beside ErrProcessDied, in the error of a process
// that crashed because it needed more than [Limits].Memory.
var ErrMemoryLimit = errors.New("ipc: the process needed more memory than its limit")

// outOfMemory reports whether a crash says that there was no memory.
// With cgo, what there is none for is often the stack of a new thread.
func (e *childEnd) outOfMemory() bool {
	for _, text := range [][]byte{e.crash, e.stderr} {
		for _, sign := range []string{"out of memory", "cannot allocate memory", "errno=12", "pthread_create failed"} {
			if bytes.Contains(text, []byte(sign)) {
				return true
			}
		}
	}
	return runtimeFault.Match(e.crash)
}

// runtimeFault is a crash of the Go runtime itself, not of what it runs: it does not
// always look whether the system has given it the memory that it asked for. (The queues
// of its collector, newSpanSPMC in Go 1.26, do not.)
var runtimeFault = regexp.MustCompile(`^SIGSEGV: segmentation violation\nPC=\S+ m=\d+ sigcode=\d+ addr=0x[0-9a-f]{1,3}\n\ngoroutine 0 .*\nruntime\.`)
