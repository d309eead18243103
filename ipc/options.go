package ipc

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"time"
)

// PoolOptions are the choices of a [Pool]. The zero value of each is its default.
type PoolOptions struct {
	// Launch says how each worker is started, what it may use, and how it is ended.
	// The standard input of workers is empty.
	Launch

	// Workers is the most processes that serve at once; 0 means GOMAXPROCS. The
	// first is started by [NewPool], the others when calls wait for them. One that
	// is let go is not counted while it still runs. See [Pool.Resize].
	Workers int

	// Min is how many of these are started by NewPool, in the background but for the
	// first, and not let go for being idle.
	Min int

	// Spare is how many processes are kept ready beyond the workers that serve: one
	// takes the place of a worker that is gone, or serves as one more, at once and not
	// only when a process has been started, and another is started in its place. They
	// cost what an idle worker does.
	Spare int

	// Idle is how long a worker may be without calls before it is let go, unless
	// there are no more than Min; 0 means 10 s, a negative value means forever.
	Idle time.Duration

	// MaxCalls is how many calls a worker gets before it is let go, and another one
	// takes its place: against leaks in what it runs. A chunk is one call. 0 means
	// no bound. ("maxtasksperchild")
	MaxCalls int64

	// Initializer is run in each worker before it gets any other call: see
	// [Function.Bind]. If it fails or panics, the start of the worker has failed, with
	// an [ErrStart] that wraps its error. The zero Call means none.
	Initializer Call

	// Finalizer is run in each worker that is let go, after its last call: when the
	// pool is closed or has no more use for the worker, and not when it is terminated,
	// and never in a worker that crashes or is killed. It may take StartTimeout; what it returns is
	// discarded, how it failed is [PoolStats].StopError.
	Finalizer Call

	// NoSharedMemory sends calls and answers through pipes also where shared memory
	// would do: for systems that forbid it, and to compare. Quick calls take longer
	// then.
	NoSharedMemory bool

	// Exec is the program that the workers are, and its arguments, for libraries that
	// do not own main: a program that calls [Main] first and has the functions under
	// the same names; others fail with [ErrNoFunc]. A path without a slash is looked
	// for in PATH. Empty means this program.
	Exec []string

	// Logger gets one record when a worker begins and one when it has ended; nil means
	// that nothing is logged.
	//
	//	level  message                   attributes
	//	Debug  ipc: worker started       pid, took
	//	Error  ipc: worker not started   error
	//	Warn   ipc: worker died          pid, func, exit_code, signal, reason, age, calls
	//	Info   ipc: worker killed        the same
	//	Debug  ipc: worker left          the same
	//	Warn   ipc: finalizer failed     pid, func, error
	//
	// pid is a process id; func the function that was running, "" for none; exit_code −1
	// after a signal; signal the text of syscall.Signal, "" for none; took and age
	// are durations, since the process was started; calls as in [WorkerInfo]. The reason
	// of a worker that died is exited, signal, crash (the Go runtime's there, after a panic
	// that nobody recovered for example), memory (its limit), or protocol (it said what
	// makes no sense, and was killed); of one that was killed ctx (that of its call had
	// ended); of one that left closed, terminated, idle, max_calls, resized, replaced, or
	// surplus (there was no need of it when it had started). Arguments, results and what a
	// worker wrote are not logged; the text of an error is what its author put there.
	//
	// The handler is called by one goroutine of the pool, in the order of events, and never
	// holds up the pool. 256 records may wait for it; of more than that it learns by
	// the attribute dropped, their number, of the next that it gets. A panic of it
	// is written to standard error and loses that record. What it has not taken
	// 100 ms after the pool has ended is left to that goroutine, which ends with it.
	Logger *slog.Logger
}

// onlyPipes sets NoSharedMemory for all pools. Tests run once more so.
var onlyPipes bool

// checkedOptions returns the options of a NewPool call with their defaults.
func checkedOptions(options []PoolOptions) PoolOptions {
	o := only("NewPool", options)
	switch {
	case o.Workers < 0:
		panic(fmt.Sprintf("ipc: NewPool: Workers is %d, want 0 (GOMAXPROCS) or more", o.Workers))
	case o.Min < 0 || o.Spare < 0 || o.MaxCalls < 0:
		panic(fmt.Sprintf("ipc: NewPool: Min is %d, Spare %d and MaxCalls %d, want 0 or more", o.Min, o.Spare, o.MaxCalls))
	}
	o.Launch = o.Launch.checked("NewPool", 0)
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Idle == 0 {
		o.Idle = defaultIdle
	}
	o.NoSharedMemory = o.NoSharedMemory || onlyPipes
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	o.Exec = slices.Clone(o.Exec)
	return o
}

// defaultIdle is how long goroutines and processes stay without work, in each room.
const defaultIdle = 10 * time.Second
