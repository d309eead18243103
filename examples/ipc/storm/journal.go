//go:build linux

package main

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A journal is what calls write into while they run: memory that this process shares
// with all its workers. What a worker has written stays, however it ends, and costs it
// a few nanoseconds.
type journal struct {
	file    *os.File
	mem     []byte
	entries []entry
}

// An entry is what is known of the call with its number.
type entry struct {
	starts  atomic.Uint32 // how often the function was begun
	ends    atomic.Uint32 // how often it was done
	strikes atomic.Uint32 // how often its fault struck
	_       uint32
	struck  atomic.Int64     // when, the last time, in nanoseconds since 1970
	pids    [8]atomic.Uint32 // which workers it took along, or may have
	_       uint64           // entries share no cache line
}

const entrySize = int(unsafe.Sizeof(entry{}))

// newJournal makes a journal for calls with numbers up to n. The memory has no name
// but the one that /proc gives it while this process lives.
func newJournal(n int) (*journal, error) {
	fd, err := unix.MemfdCreate("storm", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	j := &journal{file: os.NewFile(uintptr(fd), "journal")}
	if err := unix.Ftruncate(fd, int64(n*entrySize)); err != nil {
		return nil, err
	}
	return j, j.open()
}

// openJournal opens the journal of another process.
func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	j := &journal{file: f}
	return j, j.open()
}

func (j *journal) open() error {
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	j.mem, err = unix.Mmap(int(j.file.Fd()), 0, int(info.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	j.entries = unsafe.Slice((*entry)(unsafe.Pointer(&j.mem[0])), len(j.mem)/entrySize)
	return nil
}

// path is where other processes find it.
func (j *journal) path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), j.file.Fd()) }

func (j *journal) close() {
	_ = unix.Munmap(j.mem)
	j.file.Close()
}

// strike notes that the fault of the call strikes now, and whether it is one that
// this process, a worker, may die of.
func (e *entry) strike(lethal bool) {
	n := e.strikes.Add(1)
	if lethal {
		e.pids[(n-1)%uint32(len(e.pids))].Store(uint32(syscall.Getpid()))
	}
	e.struck.Store(time.Now().UnixNano())
}

// took reports whether the call took that worker along.
func (e *entry) took(pid int) bool {
	for i := range e.pids {
		if int(e.pids[i].Load()) == pid {
			return true
		}
	}
	return false
}
