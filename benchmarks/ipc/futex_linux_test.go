package ipc_test

import (
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// futexRole says that this program is the other side of a bare futex.
const futexRole = "BENCH_FUTEX"

func init() { applyFloor = bareFutex }

// bareFutex is a round trip through shared memory and nothing else: each side writes a
// number into a word, wakes the other one, and sleeps until the answer is there.
func bareFutex(b *testing.B) {
	fd, err := unix.MemfdCreate("bench-futex", unix.MFD_CLOEXEC)
	if err != nil {
		b.Fatal(err)
	}
	memory := os.NewFile(uintptr(fd), "memory")
	defer memory.Close()
	if err := memory.Truncate(4096); err != nil {
		b.Fatal(err)
	}
	ask, answer := words(b, memory)
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.ExtraFiles = append(os.Environ(), futexRole+"=1"), []*os.File{memory}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	n := uint32(0)
	for b.Loop() {
		n++
		tell(ask, n)
		await(answer, n-1)
	}
	tell(ask, over)
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
}

const over = 1<<32 - 1

// pong answers until it is over.
func pong() {
	ask, answer := words(nil, os.NewFile(3, "memory"))
	for n := uint32(0); ; n++ {
		if await(ask, n) == over {
			return
		}
		tell(answer, n+1)
	}
}

// words returns two words of shared memory, in cache lines of their own.
func words(b *testing.B, memory *os.File) (ask, answer *atomic.Uint32) {
	mem, err := unix.Mmap(int(memory.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	if b != nil {
		b.Cleanup(func() { _ = unix.Munmap(mem) })
	}
	return (*atomic.Uint32)(unsafe.Pointer(&mem[0])), (*atomic.Uint32)(unsafe.Pointer(&mem[256]))
}

func tell(word *atomic.Uint32, n uint32) {
	word.Swap(n)
	_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), 1, 1, 0, 0, 0)
}

// await sleeps as long as the word is old.
func await(word *atomic.Uint32, old uint32) uint32 {
	for {
		if n := word.Load(); n != old {
			return n
		}
		_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), 0, uintptr(old), 0, 0, 0)
	}
}
