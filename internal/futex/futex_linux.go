package futex

import (
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Result says why [Wait] has returned.
type Result uint8

const (
	// Woken says that [Wake] has been called, or a signal has come, or nothing at
	// all has happened: look at the word again.
	Woken Result = iota

	// Changed says that the word did not have the value any more.
	Changed

	// TimedOut says that the timeout has passed.
	TimedOut
)

// All is the n with which [Wake] wakes all that wait.
const All = 1<<31 - 1

// The operations are those for words that several processes share. A word that only
// one of them shares has others, which do not meet these: a mismatch sleeps forever.
const (
	opWait = 0
	opWake = 1
)

// Wait blocks while word has the value, until it is woken, at most for the timeout.
// A negative timeout means forever, zero only looks at the word. It occupies a
// thread. Between the look and the sleep no [Wake] is lost.
//
// The error is syscall.EFAULT if the memory of the word is gone, and
// syscall.ENOSYS or EPERM where the system forbids futexes; the result then says
// nothing. Wait allocates nothing without an error.
func Wait(word *atomic.Uint32, value uint32, timeout time.Duration) (Result, error) {
	var patience *unix.Timespec
	if timeout >= 0 {
		ts := unix.NsecToTimespec(int64(timeout))
		patience = &ts
	}
	_, _, errno := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), opWait, uintptr(value), uintptr(unsafe.Pointer(patience)), 0, 0)
	switch errno {
	case 0, syscall.EINTR:
		return Woken, nil
	case syscall.EAGAIN:
		return Changed, nil
	case syscall.ETIMEDOUT:
		return TimedOut, nil
	}
	return Woken, os.NewSyscallError("futex", errno)
}

// Wake wakes up to n of those that wait on word, and returns how many it woke. It
// does not block. Waking a word whose memory is gone wakes none.
func Wake(word *atomic.Uint32, n int) int {
	// A RawSyscall leaves the scheduler out of it, since this never blocks.
	woken, _, errno := unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), opWake, uintptr(n), 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(woken)
}
