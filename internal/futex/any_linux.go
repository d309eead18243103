package futex

import (
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Word is a word to wait for, and the value that it has as long as there is nothing
// to see.
type Word struct {
	Addr  *atomic.Uint32
	Value uint32
}

// MaxWords is how many words [WaitAny] can wait for.
const MaxWords = 128

// A waiter is the kernel's struct futex_waitv.
type waiter struct {
	value   uint64
	address uintptr
	flags   uint32
	_       uint32
}

const (
	sysWaitAny = 449  // futex_waitv, with the same number on all systems
	size32     = 0x02 // FUTEX2_SIZE_U32, without FUTEX2_PRIVATE: see opWait
)

// WaitAny blocks while each of 1 to [MaxWords] words has its value, until one of them is
// woken, at most for the timeout. A negative timeout means forever. It occupies a
// thread. It is for Linux 5.16.
//
// The error is syscall.EFAULT if the memory of a word is gone, and syscall.ENOSYS or
// EPERM where the system has no such call or forbids it; the result then says nothing.
func WaitAny(words []Word, timeout time.Duration) (Result, error) {
	if len(words) <= few {
		var list [few]waiter
		return awaitAny(list[:], words, timeout)
	}
	var list [MaxWords]waiter
	return awaitAny(list[:], words, timeout)
}

// few words need less of a list to be cleared.
const few = 8

func awaitAny(list []waiter, words []Word, timeout time.Duration) (Result, error) {
	for i, w := range words {
		list[i] = waiter{value: uint64(w.Value), address: uintptr(unsafe.Pointer(w.Addr)), flags: size32}
	}
	var patience *unix.Timespec // a point in time, not a duration
	if timeout >= 0 {
		var now unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
			return Woken, os.NewSyscallError("clock_gettime", err)
		}
		ts := unix.NsecToTimespec(now.Nano() + int64(timeout))
		patience = &ts
	}
	_, _, errno := unix.Syscall6(sysWaitAny, uintptr(unsafe.Pointer(&list[0])), uintptr(len(words)), 0,
		uintptr(unsafe.Pointer(patience)), unix.CLOCK_MONOTONIC, 0)
	switch errno {
	case 0, syscall.EINTR:
		return Woken, nil
	case syscall.EAGAIN:
		return Changed, nil
	case syscall.ETIMEDOUT:
		return TimedOut, nil
	}
	return Woken, os.NewSyscallError("futex_waitv", errno)
}
