//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/ipc/shm"
)

// Every noun behaves the same between goroutines, in one process and between two.
func TestNouns(t *testing.T) {
	c := newCrew(t)
	for _, noun := range []struct {
		name string
		test func(*testing.T, *crew)
	}{
		{"Lock", testLocks},
		{"RLock", testRLocks},
		{"RWLock", testRWLocks},
		{"Condition", testConditions},
		{"Event", testEvents},
		{"Semaphore", testSemaphores},
		{"BoundedSemaphore", testBoundedSemaphores},
		{"Barrier", testBarriers},
		{"Queue", testQueues},
	} {
		t.Run(noun.name, func(t *testing.T) { noun.test(t, c) })
	}
}

// nounBackends returns the three backends of a noun: goroutines, this process alone, and
// this one and others in turn.
func nounBackends[T, O any](c *crew, goroutines func() T, object func(*shm.Memory) (O, error), alone func(O) T, between func(*far) T) []behave.Backend[T] {
	made := func(t *testing.T) O {
		o, err := object(newMemory(t))
		require.NoError(t, err)
		return o
	}
	return []behave.Backend[T]{
		{Name: "concurrent", New: func(*testing.T) T { return goroutines() }},
		{Name: "one process", New: func(t *testing.T) T { return alone(made(t)) }},
		{Name: "two processes", New: func(t *testing.T) T {
			f := &far{crew: c, object: made(t)}
			t.Cleanup(f.leave)
			return between(f)
		}},
	}
}

// started calls f in a goroutine.
func started[T any](f func() T) <-chan T {
	c := make(chan T, 1)
	go func() { c <- f() }()
	return c
}

// waits fails if a call has returned, of which the test knows that it must wait.
func waits[T any](t *testing.T, c <-chan T) {
	t.Helper()
	select {
	case v := <-c:
		require.FailNow(t, "it does not wait", "%v", v)
	case <-time.After(2 * time.Millisecond):
	}
}

// returned is what a call returns that must not wait any more.
func returned[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		stacks := make([]byte, 1<<20)
		require.FailNow(t, "it waits", "%s", stacks[:runtime.Stack(stacks, true)])
		panic("not reached")
	}
}

// until waits until something is so that another goroutine brings about.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for begun := time.Now(); !so(); runtime.Gosched() {
		require.Less(t, time.Since(begun), 20*time.Second, what)
	}
}

// misuse checks that f panics with a text that names the package.
func misuse(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		require.Regexp(t, "^(concurrent|shm): ", fmt.Sprint(recover()))
	}()
	f()
}

// canceled returns a context, and what ends it because of errEnded.
func canceled(t *testing.T) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(t.Context())
	return ctx, func() { cancel(errEnded) }
}
