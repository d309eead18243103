package child

import (
	"fmt"
	"os"
	"unsafe"
)

const (
	// arena is what the Go runtime reserves of the address space at a time.
	arena = 64 << 20

	// sundries is address space that the kernel counts and a limit of memory does not:
	// libraries that are loaded late, what lies around the stacks of threads.
	sundries = 16 << 20
)

// memory returns the limits of data (RLIMIT_DATA) and of address space (RLIMIT_AS) that
// keep what is resident of this process within l.Memory; 0 for none. The first counts
// what can be written, exactly, but does not look when memory that was reserved becomes
// memory that can be written, which is what the Go runtime does with its heap. The second
// sees the heap when its space is reserved. Both leave out what the process has got and
// does not use, which is most of what an empty one has.
func (l Limits) memory() (data, space int64) {
	if l.Memory == 0 {
		return 0, 0
	}
	now, ok := readFootprint()
	if !ok { // without /proc
		return l.Memory + emptyData, 0
	}
	room := l.Memory - now.resident
	reserved := arena - int64(uintptr(unsafe.Pointer(new([arena >> 16]byte)))%arena)
	arenas := max(room-reserved+arena-1, 0) / arena * arena
	data, space = now.data+room, now.size+arenas+sundries
	if raceDetector {
		// It reserves its own share with each arena, as data.
		shadow := arenas/2*5 + raceSundries
		data, space = data+shadow, space+shadow
	}
	return data, space
}

// raceSundries is what the race detector takes for goroutines and locks.
const raceSundries = 64 << 20

// A footprint is what a process has of memory, in bytes.
type footprint struct {
	size     int64 // address space
	resident int64
	data     int64 // what can be written, and belongs to this process alone
}

// readFootprint returns that of this process.
func readFootprint() (f footprint, ok bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return f, false
	}
	var shared, code, libraries int64
	_, err = fmt.Sscan(string(text), &f.size, &f.resident, &shared, &code, &libraries, &f.data)
	page := int64(os.Getpagesize())
	return footprint{f.size * page, f.resident * page, f.data * page}, err == nil
}
