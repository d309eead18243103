package ipc

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
)

// PoolOptions are the choices of a [Pool]. The zero value of each field is its
// default.
type PoolOptions struct {
	// Launch says how each worker is started, what it may use, and how it is ended.
	// The standard input of workers is empty.
	Launch

	// Workers is how many processes may serve at once; 0 means GOMAXPROCS. [NewPool]
	// starts the first; others start when calls wait for them. A worker that is
	// leaving does not count. See [Pool.Resize].
	Workers int

	// Min is how many workers NewPool starts, all but the first in the background, and
	// how many stay when they are idle.
	Min int

	// Spare is how many processes stand ready beside the workers that serve. A spare
	// takes the place of a worker that has ended, or serves as one more, without the
	// time that a start takes; another spare is then started. A spare costs what an
	// idle worker costs.
	Spare int

	// Idle is how long a worker may have no calls before it is let go, unless there
	// are no more than Min. 0 means 10 s, a negative value means forever.
	Idle time.Duration

	// MaxCalls is how many calls a worker gets before it is let go and another one
	// takes its place. It bounds leaks in the functions. A chunk is one call. 0 means
	// no bound. ("maxtasksperchild")
	MaxCalls int64

	// Initializer runs in each worker before any other call: see [Function.Bind]. If
	// it fails or panics, the worker has not started, and the error matches [ErrStart]
	// and wraps the Initializer's. The zero Call means none.
	Initializer Call

	// Finalizer runs in each worker that is let go, after its last call: at
	// [Pool.Shutdown], or when the pool has no more use for the worker. It does not
	// run at [Pool.Close], nor in a worker that crashes or is killed. It may take
	// StartTimeout. Its result is discarded, its error is [PoolStats].StopError.
	Finalizer Call

	// NoSharedMemory sends calls and answers through pipes also where shared memory
	// would do: for systems that forbid it, and to compare. Quick calls take longer
	// then.
	NoSharedMemory bool

	// Exec is the program that workers run, with its arguments, for libraries that do
	// not own main. That program must call [Main] first and register the functions
	// under the same names; other calls fail with [ErrNoFunc]. A path without a slash
	// is looked up in PATH, by NewPool, and a relative one is below the working directory
	// at that time. Empty means this program.
	Exec []string

	// Logger gets one record when a worker begins and one when it has ended. nil means
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
	// pid is a process id, func the function that was running (empty for none).
	// exit_code is −1 after a signal; signal is the text of syscall.Signal, empty for
	// none. took and age are durations since the start of the process; calls is as in
	// [WorkerInfo].
	//
	// reason says why a worker died: exited, signal, crash (reported by the Go
	// runtime), memory (its limit), or protocol (it sent what makes no sense, and was
	// killed). It is unkillable for a worker that is given up: see [ErrUnkillable].
	// A worker was killed for ctx: the ctx of its call had ended. A worker
	// left for closed, terminated (by [Pool.Close]), idle, max_calls, resized,
	// replaced or surplus (the pool had no need of it any more when it had started).
	//
	// Arguments, results and output of workers are not logged; the text of an error
	// is.
	//
	// One goroutine of the pool calls the handler, in the order of events. A slow
	// handler does not hold up the pool: 256 records may wait for it, and later ones
	// are dropped. The next record it gets then has the attribute dropped, their
	// number. If the handler panics, the panic is written to standard error and the
	// record is lost. 100 ms after the end of the pool the pool stops waiting for the
	// handler; the goroutine ends when the handler has taken the rest.
	Logger *slog.Logger
}

// onlyPipes sets NoSharedMemory for all pools. Tests run once more so.
var onlyPipes bool

// checkedOptions returns the options of a NewPool call with their defaults.
func checkedOptions(options []PoolOptions) PoolOptions {
	o := optional.One("ipc", "NewPool", options)
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
