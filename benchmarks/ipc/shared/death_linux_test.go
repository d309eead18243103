package shared_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
	"golang.org/x/sys/unix"
)

// A will is a lock that a process dies with.
type will struct {
	Lock  *shm.Lock
	Come  *shm.Number[int] // processes that hold the lock or are about to wait for it
	Blind bool             // the heir may not wait for several words at a time
}

var testator = ipc.Func("bench.testator", func(ctx context.Context, w will) (struct{}, error) {
	w.Lock.Lock()
	w.Come.Add(1)
	<-ctx.Done()
	return struct{}{}, nil
})

// heir returns the time at which it has the lock.
var heir = ipc.Func("bench.heir", func(ctx context.Context, w will) (int64, error) {
	if w.Blind {
		if err := forbid(unix.SYS_FUTEX_WAITV); err != nil {
			return 0, err
		}
	}
	w.Come.Add(1)
	err := w.Lock.LockContext(ctx)
	at := now()
	if !errors.Is(err, shm.ErrOwnerDied) {
		return 0, errors.Join(errors.New("the holder has not died"), err)
	}
	return at, nil
})

// forbid makes a system call fail with EPERM in this process, as profiles of containers
// do.
func forbid(call uint32) error {
	code := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	filter := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		return errno
	}
	return nil
}

// BenchmarkDeath kills the holder of a lock. This process, which reaps the holder, has
// left the memory by then: it would tell the heir otherwise.
func BenchmarkDeath(b *testing.B) {
	b.Run("impl=C-robust", func(b *testing.B) { robust(b, "death") })
	b.Run("impl=fanfold", func(b *testing.B) { deaths(b, false, 0) })
	b.Run("impl=fanfold-without-waitv", func(b *testing.B) { deaths(b, true, 0) })
	b.Run("impl=fanfold-others-stopped", func(b *testing.B) { deaths(b, false, 2) })
}

func deaths(b *testing.B, blind bool, stopped int) {
	var times []int64
	for b.Loop() {
		times = append(times, death(b, blind, stopped))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2]), "ns/op")
	b.ReportMetric(float64(times[len(times)*99/100]), "p99-ns/op")
}

// asleep is how long those that wait have to fall asleep.
const asleep = 5 * time.Millisecond

// death returns how long it takes from a kill until the heir has the lock. So many other
// processes wait too, and are stopped.
func death(b *testing.B, blind bool, stopped int) int64 {
	m := must(shm.NewMemory())(b)
	defer m.Close()
	w := will{Lock: must(shm.NewLock(m))(b), Come: must(shm.NewNumber(m, 0))(b), Blind: blind}
	holder := beside(b, testator, w)
	defer holder.Kill()
	until(func() bool { return w.Come.Load() == 1 })
	var others []*ipc.Process[int64]
	for range stopped {
		p := beside(b, heir, w)
		defer p.Kill()
		others = append(others, p)
	}
	waiter := beside(b, heir, w)
	defer waiter.Kill()
	until(func() bool { return w.Come.Load() == 2+stopped })
	m.Close()
	time.Sleep(asleep)
	for _, p := range others {
		if err := p.Signal(syscall.SIGSTOP); err != nil {
			b.Fatal(err)
		}
	}
	killed := now()
	if err := syscall.Kill(holder.Pid(), syscall.SIGKILL); err != nil {
		b.Fatal(err)
	}
	at := must(waiter.Result(b.Context()))(b)
	return at - killed
}
