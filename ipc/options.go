package ipc

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// PoolOptions are the choices of a [Pool]. The zero value of each is its default.
type PoolOptions struct {
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
	// there are no more than Min; 0 means for ever.
	Idle time.Duration

	// MaxCalls is how many calls a worker gets before it is let go, and another one
	// takes its place: against leaks in what it runs. A chunk is one call. 0 means
	// no bound. ("maxtasksperchild")
	MaxCalls int64

	// Grace is how long a call may go on after its ctx ended, whatever it is
	// doing, before its worker is killed: 0 means 10 ms, negative means not at
	// all.
	Grace time.Duration

	// StartTimeout is how long a process may take to become a worker, Initializer
	// included; 0 means 10 s.
	StartTimeout time.Duration

	// Initializer is run in each worker before it gets any other call: see
	// [Function.With]. If it fails or panics, the start of the worker has failed, with
	// an [ErrStart] that wraps its error. The zero Call means none.
	Initializer Call

	// Finalizer is run in each worker that is let go, after its last call: when the
	// pool is closed or has no more use for the worker, and not when it is terminated,
	// and never in a worker that crashes or is killed. It may take StartTimeout; what it returns is
	// discarded, how it failed is [PoolStats].StopError.
	Finalizer Call

	// Pipes has calls travel in pipes even where there is shared memory, large ones too: for what keeps
	// shared memory out, and to compare. Quick calls take longer so.
	Pipes bool

	// MaxMessage bounds the encoded size of an argument or a result in bytes;
	// 0 means 256 MiB. It bounds what a worker can make this process allocate.
	MaxMessage int

	// Exec is the program that the workers are, and its arguments, for libraries that
	// do not own main: a program that calls [Main] first and has the functions under
	// the same names; others fail with [ErrNoFunc]. A path without a slash is looked
	// for in PATH. Empty means this program.
	Exec []string

	// Dir is the workers' working directory; empty means the one that this process
	// has when each of them is started.
	Dir string

	// Env is added to the environment of the workers, in the form "key=value"; the
	// rest is inherited from what this process has when each of them is started. The
	// last value of a key counts.
	Env []string

	// OnlyEnv has Env, and nothing else, be the environment: what this process has in
	// its own, passwords perhaps, stays here.
	OnlyEnv bool

	// Limits are what each worker may use of the machine. CPU is for its whole life:
	// one that has used it up is killed, and replaced.
	Limits Limits

	// Sys is passed to the system as it is: for user ids (Credential), namespaces
	// (Cloneflags), a control group whose limits hold beside Limits (UseCgroupFD and
	// CgroupFD). Its Setpgid and, on Linux, Pdeathsig are set anyway.
	Sys *syscall.SysProcAttr

	// Stdout is where the workers' standard output goes; nil means this process's. An
	// *os.File is handed down as it is, another writer is written to as Stderr is. The
	// workers' standard input is empty.
	Stdout io.Writer

	// Stderr is where the workers' standard error goes; nil means os.Stderr.
	// One goroutine of the pool writes to it. If it cannot keep up, workers
	// wait for it, but nobody waits for it longer than a worker lives: what is
	// left then is dropped.
	Stderr io.Writer

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

const (
	defaultGrace        = 10 * time.Millisecond
	defaultStartTimeout = 10 * time.Second
	defaultMaxMessage   = 256 << 20
)

// onlyPipes sets Pipes for all pools. Tests run once more so.
var onlyPipes bool

// checkedOptions returns the options of a NewPool call with their defaults.
func checkedOptions(options []PoolOptions) PoolOptions {
	o := only("NewPool", options)
	switch {
	case o.Workers < 0:
		panic(fmt.Sprintf("ipc: NewPool: Workers is %d, want 0 (GOMAXPROCS) or more", o.Workers))
	case o.MaxMessage < 0:
		panic(fmt.Sprintf("ipc: NewPool: MaxMessage is %d, want 0 (256 MiB) or more", o.MaxMessage))
	case slices.ContainsFunc(o.Env, notEnv):
		panic(fmt.Sprintf("ipc: NewPool: Env is %q, want key=value", o.Env))
	case o.Min < 0 || o.Spare < 0 || o.MaxCalls < 0 || o.Idle < 0:
		panic(fmt.Sprintf("ipc: NewPool: Min is %d, Spare %d, MaxCalls %d and Idle %v, want 0 or more", o.Min, o.Spare, o.MaxCalls, o.Idle))
	case o.StartTimeout < 0:
		panic(fmt.Sprintf("ipc: NewPool: StartTimeout is %v, want 0 (10 s) or more", o.StartTimeout))
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = defaultStartTimeout
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = defaultMaxMessage
	}
	o.Pipes = o.Pipes || onlyPipes
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	o.Limits.check("NewPool", 0)
	o.Env, o.Exec = slices.Clone(o.Env), slices.Clone(o.Exec)
	return o
}

// notEnv reports whether s is no entry of an environment.
func notEnv(s string) bool {
	return strings.IndexByte(s, '=') <= 0 || strings.IndexByte(s, 0) >= 0
}
