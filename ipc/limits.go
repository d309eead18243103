package ipc

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Limits bound what a process may use of the machine. The kernel enforces them, and
// the process cannot raise them. A zero field means the limit of this process.
type Limits struct {
	// Memory bounds the memory that the process can get, in bytes: its data and its
	// heaps, of Go and of C. It must be at least 128 MiB; an empty program uses about
	// 10 MiB of it. A process that needs more crashes, with an error matching
	// [ErrMemoryLimit]. It has had 64 MiB more than Memory at most, since Go reserves
	// its heap in steps of 64 MiB. One value must therefore be 64 MiB smaller than Memory.
	//
	// Go's collector is set to keep the heap within half of Memory; the other half is
	// for garbage that the program makes meanwhile. That is not enough for a program
	// that allocates gigabytes a second.
	//
	// The kernel limits data and address space (RLIMIT_DATA and RLIMIT_AS). Files that
	// the process maps and memory that it shares with others take from the same space.
	// Programs that the process starts inherit both limits: one that reserves much
	// space, such as Java, does not start. A control group has no such effects: see
	// [Launch].Sys. Without /proc only data is limited, which lets one allocation of
	// Go's pass. Under the race detector its own share, two and a half bytes for each
	// byte of the heap, comes on top.
	//
	// The kernel counts the whole stack of each C thread, usually 8 MiB, and the C
	// library reserves 64 MiB for the heap of each. On Linux a process with this limit
	// therefore starts itself once more with stacks of 1 MiB and one heap
	// (MALLOC_ARENA_MAX), which takes two milliseconds.
	Memory int64

	// CPU bounds the processor time, rounded up to whole seconds. The kernel kills the
	// process when it has used it up (RLIMIT_CPU); the error matches [ErrCPULimit].
	CPU time.Duration

	// Files bounds how many descriptors the process can have open (RLIMIT_NOFILE).
	// About ten of them belong to this package, and inherited files count. It must be
	// at least 32 plus the number of inherited files.
	Files int

	// FileSize bounds the size of each file that the process writes, in bytes
	// (RLIMIT_FSIZE).
	FileSize int64

	// NoCore prevents core files after a crash (RLIMIT_CORE).
	NoCore bool
}

const (
	leastMemory = 128 << 20
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

// usedUp reports whether a process that was ended by a signal, and has used so much
// processor time, was ended for that. The kernel does not say so, and counts by clock ticks
// for the limit and exactly for what was used: the two differ by some percent.
func (l Limits) usedUp(signal syscall.Signal, used time.Duration) bool {
	limit := (l.CPU + time.Second - 1).Truncate(time.Second)
	return l.CPU > 0 && signal == syscall.SIGKILL && used >= limit-limit/4
}

// ErrCPULimit matches, beside [ErrProcessDied], the error of a process that the kernel
// killed because it had used up [Limits].CPU.
var ErrCPULimit = errors.New("ipc: the process used more processor time than its limit")

// ErrMemoryLimit matches, beside [ErrProcessDied], the error of a process that crashed
// because it needed more than [Limits].Memory.
var ErrMemoryLimit = errors.New("ipc: the process needed more memory than its limit")
