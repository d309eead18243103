package shared_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
	"golang.org/x/sys/unix"
)

// newMemory returns a memory that is closed when b ends.
func newMemory(b *testing.B, options ...shm.MemoryOptions) *shm.Memory {
	m := must(shm.NewMemory(options...))(b)
	b.Cleanup(func() { m.Close() })
	return m
}

// must returns a function that returns v, or fails b if err is not nil.
func must[T any](v T, err error) func(b *testing.B) T {
	return func(b *testing.B) T {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
		return v
	}
}

// beside runs f in a process of its own until b ends.
func beside[In, Out any](b *testing.B, f *ipc.Function[In, Out], in In) *ipc.Process[Out] {
	b.Helper()
	p := ipc.NewProcess(f, in)
	if err := p.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Kill() })
	return p
}

// until lets other goroutines and processes run until it is so.
func until(it func() bool) {
	for !it() {
		runtime.Gosched()
	}
}

// now returns the time of a clock that is the same in all processes, in nanoseconds.
func now() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return t.Nano()
}
