//go:build linux

package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

// A fault is one that a call brings about itself.
type fault struct {
	name   string
	points []point
	lethal bool          // for the worker, sooner or later
	mad    bool          // the worker may do anything from then on
	slow   bool          // it takes its time
	limit  time.Duration // of the call, so that it ends
	do     func() error  // in the worker; what the trap answers
	expect func(error) bool
}

// strike does what the fault is.
func (f *fault) strike(t trap) error {
	book.entries[t.Number].strike(f.lethal)
	return f.do()
}

const (
	maxMessage = 1 << 20
	short      = 30 * time.Millisecond // the deadline of what would never end
)

var (
	during      = []point{reading, running, answering}
	whenever    = []point{reading, running, answering, idle}
	errPlain    = errors.New("an error like any other")
	errCanceled = errors.New("the caller has lost interest")
)

// faults is all of them; the first is none.
var faults = func() []*fault {
	return []*fault{
		{},
		{name: "kill -9", points: whenever, lethal: true, do: suicide(syscall.SIGKILL), expect: died(-1, syscall.SIGKILL, "")},
		{name: "exit 3", points: whenever, lethal: true, do: exit(3), expect: died(3, 0, "")},
		{name: "exit 0", points: whenever, lethal: true, do: exit(0), expect: died(0, 0, "")},
		{name: "nil pointer in a goroutine", points: whenever, lethal: true, do: crash(func() { *(*int)(nil) = 1 }), expect: died(2, 0, "nil pointer")},
		{name: "concurrent map writes", points: whenever, lethal: true, do: crash(writeMap), expect: died(2, 0, "")}, // if it is seen before it does harm
		{name: "stack overflow", points: whenever, lethal: true, do: crash(overflow), expect: died(2, 0, "stack overflow")},
		{name: "child left behind", points: whenever, lethal: true, do: orphan, expect: died(4, 0, "")},
		{name: "panic", points: during, do: func() error { panic("on purpose") }, expect: panicked},
		{name: "Goexit", points: during, do: func() error { runtime.Goexit(); return nil }, expect: is(ipc.ErrGoexit)},
		{name: "error", points: during, do: func() error { return errPlain }, expect: says(errPlain.Error())},
		{name: "endless loop", points: during, limit: short, do: endless, expect: is(context.DeadlineExceeded)},
		{name: "stop", points: during, limit: short, do: suicide(syscall.SIGSTOP), expect: is(context.DeadlineExceeded)},
		{name: "closed descriptors", points: during, lethal: true, mad: true, limit: 2 * time.Second, do: closeAll, expect: whatever},
		{name: "garbage in the pipe", points: during, lethal: true, mad: true, limit: 2 * time.Second, do: spoilPipe, expect: anyhow},
		{name: "argument too large", points: []point{nowhere}, expect: tooLarge("argument")},
		{name: "result too large", points: []point{running}, do: nothing, expect: tooLarge("result")},
		{name: "unencodable argument", points: []point{nowhere}, expect: says("cannot travel")},
		{name: "unencodable result", points: []point{answering}, do: func() error { return errUnencodable }, expect: says("the result cannot travel")},
		{name: "canceled", points: []point{running}, do: nothing, expect: canceled},

		// Only in pools of their own: see whole.go.
		{name: "memory", points: []point{running}, lethal: true, slow: true, do: devour, expect: is(ipc.ErrMemoryLimit)},
		{name: "garbage in shared memory", points: during, lethal: true, mad: true, limit: 2 * time.Second, do: spoilMemory, expect: whatever},
	}
}()

// find returns the place of a fault.
func find(name string) uint16 {
	for i, f := range faults {
		if f.name == name {
			return uint16(i)
		}
	}
	panic("storm: no fault " + name)
}

func nothing() error { return nil }

func exit(status int) func() error {
	return func() error { os.Exit(status); return nil }
}

// suicide sends this process a signal that it does not return from.
func suicide(signal syscall.Signal) func() error {
	return func() error {
		_ = syscall.Kill(os.Getpid(), signal)
		select {}
	}
}

// crash has the Go runtime end the process, from a goroutine that nobody recovers.
func crash(f func()) func() error {
	return func() error {
		go f()
		select {}
	}
}

func writeMap() {
	m := map[int]int{}
	for range 4 {
		go func() {
			for i := 0; ; i++ {
				m[i%16] = i
			}
		}()
	}
}

func overflow() {
	debug.SetMaxStack(64 << 10)
	var descend func(n int) int
	descend = func(n int) int {
		if n < 0 {
			return 0
		}
		return descend(n+1) + 1
	}
	descend(0)
}

// orphan dies and leaves a child, which is to go with it.
func orphan() error {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		return err
	}
	os.Exit(4)
	return nil
}

func endless() error {
	for n := 1; n != 0; n += 2 { // never
	}
	return nil
}

// closeAll closes what this process has from its pool, and more. The process may wait
// for ever then for what comes in one of them.
func closeAll() error {
	time.AfterFunc(20*time.Millisecond, func() { os.Exit(5) })
	for fd := 3; fd < 64; fd++ {
		_ = syscall.Close(fd)
	}
	return nil
}

// spoilPipe writes nonsense where answers are written, descriptor 4.
func spoilPipe() error {
	_, _ = syscall.Write(4, garbage(1+rand.IntN(2000)))
	return nil
}

// spoilMemory writes nonsense over the memory that calls travel in, if there is any.
func spoilMemory() error {
	maps, _ := os.ReadFile("/proc/self/maps")
	mem, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	defer mem.Close()
	for line := range strings.Lines(string(maps)) {
		if !strings.Contains(line, "fanfold-ring") {
			continue
		}
		from, rest, _ := strings.Cut(line, "-")
		to, _, _ := strings.Cut(rest, " ")
		first, _ := strconv.ParseInt(from, 16, 64)
		last, _ := strconv.ParseInt(to, 16, 64)
		for range 1 + rand.IntN(200) {
			_, _ = mem.WriteAt(garbage(64), first+rand.Int64N(last-first-64))
		}
	}
	return nil
}

func garbage(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

// devour takes memory until there is none: but not all that a machine has, if there
// is no limit.
func devour() error {
	var all [][]byte
	for range 64 {
		all = append(all, make([]byte, 64<<20))
		for i := 0; i < 64<<20; i += 4096 {
			all[len(all)-1][i] = 1
		}
	}
	return errors.New("there is no limit to memory")
}
