package futex

import (
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) {
	if os.Getenv(asWaker) != "" {
		wake()
		os.Exit(0)
	}
	os.Exit(leak.Run(m.Run))
}

func TestWaitReturnsAtOnce(t *testing.T) {
	var word atomic.Uint32
	word.Store(7)
	got, err := Wait(&word, 6, -1)
	require.NoError(t, err)
	require.Equal(t, Changed, got)
	got, err = Wait(&word, 7, 0)
	require.NoError(t, err)
	require.Equal(t, TimedOut, got)
	got, err = Wait(&word, 7, time.Microsecond)
	require.NoError(t, err)
	require.Equal(t, TimedOut, got)
}

func TestWake(t *testing.T) {
	var word atomic.Uint32
	require.Zero(t, Wake(&word, All), "no goroutine waits")
	const waiters = 4
	results := make(chan Result, waiters)
	for range waiters {
		go func() {
			r, _ := Wait(&word, 0, -1)
			results <- r
		}()
	}
	woken := 0
	for woken < 1 { // until the first one sleeps
		woken += Wake(&word, 1)
	}
	require.Equal(t, 1, woken)
	for woken < waiters {
		woken += Wake(&word, All)
	}
	require.Equal(t, waiters, woken)
	for range waiters {
		require.Equal(t, Woken, <-results)
	}
}

// Memory that is gone is an error, and no signal.
func TestFault(t *testing.T) {
	mem, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_SHARED)
	require.NoError(t, err)
	word := (*atomic.Uint32)(unsafe.Pointer(&mem[0]))
	require.NoError(t, unix.Mprotect(mem, unix.PROT_NONE))
	_, err = Wait(word, 0, time.Minute)
	require.ErrorIs(t, err, syscall.EFAULT)
	require.Zero(t, Wake(word, All))
	require.NoError(t, unix.Munmap(mem))
}

func TestNothingAllocated(t *testing.T) {
	var word atomic.Uint32
	require.Zero(t, testing.AllocsPerRun(100, func() {
		Wait(&word, 1, time.Second)
		Wait(&word, 0, 1)
		Wake(&word, All)
	}))
}

const asWaker = "FUTEX_TEST_WAKER"

// Another process that shares the memory wakes this one.
func TestOtherProcess(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "word")
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Truncate(int64(os.Getpagesize())))
	mem, word := shared(t, f)
	defer unix.Munmap(mem)
	waker := exec.Command(os.Args[0])
	waker.Env = append(os.Environ(), asWaker+"=1")
	waker.ExtraFiles = []*os.File{f}
	require.NoError(t, waker.Start())
	for word.Load() == 0 {
		_, err := Wait(word, 0, 10*time.Second)
		require.NoError(t, err)
	}
	require.NoError(t, waker.Wait())
}

func shared(t require.TestingT, f *os.File) ([]byte, *atomic.Uint32) {
	mem, err := unix.Mmap(int(f.Fd()), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	require.NoError(t, err)
	return mem, (*atomic.Uint32)(unsafe.Pointer(&mem[0]))
}

// wake is what the other process does: it wakes until a waiter was woken.
func wake() {
	mem, err := unix.Mmap(3, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		os.Exit(1)
	}
	word := (*atomic.Uint32)(unsafe.Pointer(&mem[0]))
	for Wake(word, All) == 0 {
		time.Sleep(time.Millisecond)
	}
	word.Store(1)
	Wake(word, All)
}
