package futex

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// words returns n words that are all 7, and what waits for them.
func words(n int) ([]atomic.Uint32, []Word) {
	mem := make([]atomic.Uint32, n)
	list := make([]Word, n)
	for i := range mem {
		mem[i].Store(7)
		list[i] = Word{&mem[i], 7}
	}
	return mem, list
}

// waitAny is WaitAny, or skips the test where the system has no such call.
func waitAny(t *testing.T, list []Word, timeout time.Duration) Result {
	t.Helper()
	got, err := WaitAny(list, timeout)
	if errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EPERM) {
		t.Skip(err)
	}
	require.NoError(t, err)
	return got
}

func TestWaitAnyReturnsAtOnce(t *testing.T) {
	for _, n := range []int{1, 2, MaxWords} {
		mem, list := words(n)
		require.Equal(t, TimedOut, waitAny(t, list, 0))
		require.Equal(t, TimedOut, waitAny(t, list, time.Microsecond))
		mem[n-1].Store(8)
		require.Equal(t, Changed, waitAny(t, list, -1))
	}
}

// A wake-up of any of the words ends the wait.
func TestWaitAnyWoken(t *testing.T) {
	mem, list := words(MaxWords)
	waitAny(t, list, 0)
	for _, i := range []int{0, 1, MaxWords - 1} {
		result := make(chan Result)
		go func() {
			r, _ := WaitAny(list, -1)
			result <- r
		}()
		for Wake(&mem[i], All) == 0 {
		}
		require.Equal(t, Woken, <-result)
	}
}

func TestWaitAnyFault(t *testing.T) {
	mem, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_SHARED)
	require.NoError(t, err)
	_, list := words(2)
	list[1].Addr = (*atomic.Uint32)(unsafe.Pointer(&mem[0]))
	waitAny(t, list[:1], 0)
	require.NoError(t, unix.Mprotect(mem, unix.PROT_NONE))
	_, err = WaitAny(list, time.Minute)
	require.ErrorIs(t, err, syscall.EFAULT)
	require.NoError(t, unix.Munmap(mem))
}
