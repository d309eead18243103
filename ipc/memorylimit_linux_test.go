package ipc_test

import (
	"context"
	"errors"
	"io"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
)

const mebibyte = 1 << 20

// waste is what a function does with memory, in MiB.
type waste struct {
	Drop, Times int // makes a slice of so many, so many times, and drops it
	Keep        int // then makes one of so many, and touches all of it
	Mapped      int // the same, without Go's heap
	Reserved    int // the same, of memory that is reserved first, as allocators do
}

var wastes = ipc.Func("wastes", func(_ context.Context, w waste) (none, error) {
	for range w.Times {
		garbage = touched(make([]byte, w.Drop*mebibyte))
	}
	garbage = nil
	garbage = touched(make([]byte, w.Keep*mebibyte))
	if w.Mapped > 0 {
		mem, err := unix.Mmap(-1, 0, w.Mapped*mebibyte, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			return none{}, err
		}
		touched(mem)
	}
	if w.Reserved > 0 {
		size := uintptr(w.Reserved * mebibyte)
		p, err := unix.MmapPtr(-1, 0, nil, size, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err == nil {
			p, err = unix.MmapPtr(-1, 0, p, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED)
		}
		if err != nil {
			return none{}, err
		}
		touched(unsafe.Slice((*byte)(p), size))
	}
	return none{}, nil
})

// touched writes to each page of b.
func touched(b []byte) []byte {
	for i := 0; i < len(b); i += 4 << 10 {
		b[i] = 1
	}
	return b
}

// wasteful returns how a process ended that is limited to so many MiB and wastes memory
// as w says. The process has had little more.
func wasteful(t *testing.T, limit int, w waste) error {
	p := ipc.NewProcess(wastes, w, ipc.ProcessOptions{Launch: ipc.Launch{Stderr: io.Discard, Limits: ipc.Limits{Memory: int64(limit) * mebibyte}}})
	require.NoError(t, p.Start(t.Context()))
	err := p.Join(t.Context())
	if peak := p.Usage().SysUsage().(*syscall.Rusage).Maxrss >> 10; !effort.Race {
		require.LessOrEqual(t, peak, int64(limit+64), "%+v", w)
	}
	return err
}

// A process that needs more memory than its limit does not get it, also when it has made
// garbage before, which leaves memory that the kernel has stopped counting.
func TestMemoryLimitHolds(t *testing.T) {
	for range effort.Times(3, 1, 16) {
		err := wasteful(t, 256, waste{Drop: 10, Times: 20, Keep: 1000})
		died, ok := errors.AsType[*ipc.ProcessDiedError](err)
		require.True(t, ok, "%v", err)
		require.ErrorIs(t, err, ipc.ErrMemoryLimit, "%.300s\n%s", died.Crash, died.Stderr)
	}
	for name, w := range map[string]waste{
		"Go":       {Keep: 256 + 64},
		"mapped":   {Mapped: 256 + 64},
		"reserved": {Reserved: 256 + 64},
		"both":     {Keep: 160, Mapped: 160},
	} {
		if effort.Race && name != "Go" {
			continue // the race detector's own share lies in between
		}
		err := wasteful(t, 256, w)
		require.True(t, errors.Is(err, ipc.ErrMemoryLimit) || errors.Is(err, syscall.ENOMEM), "%s: %v", name, err)
	}
}

// What is within the limit is there to be had, however often it was dropped.
func TestMemoryWithinLimit(t *testing.T) {
	for name, w := range map[string]waste{
		"garbage":  {Drop: 10, Times: effort.Times(40, 20, 1000)},
		"large":    {Drop: 40, Times: effort.Times(10, 5, 100)},
		"Go":       {Keep: 180},
		"mapped":   {Mapped: 200},
		"reserved": {Reserved: 200},
	} {
		if effort.Race && name != "Go" {
			continue // the limit is the kernel's, and processes are slow
		}
		require.NoError(t, wasteful(t, 256, w), name)
	}
}
