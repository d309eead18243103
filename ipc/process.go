package ipc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/fanfold/fanfold/internal/foreign"
	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// A Process runs a registered function once, in a process of its own: this program,
// started again, which ends with the function. Make it with [NewProcess] and start it
// once, or do both with [Start]. All methods are safe for concurrent use. For many
// calls a [Pool] costs less: starting a process takes milliseconds.
// ("multiprocessing.Process")
//
// The process ends when this process ends, in whatever way. It leads a process group
// of its own. When it ends, in whatever way, the rest of that group is killed: the
// processes that it has started, except those that have left the group, by setsid for
// example.
type Process[Out any] struct {
	name    string
	caller  string // the function's name
	options ProcessOptions
	call    Call
	inErr   error
	decode  func([]byte, *[]*os.File) (Out, error)

	started atomic.Bool
	done    chan struct{}

	mu     sync.Mutex
	child  *processChild // nil until there is one, and when it could not be started
	killed bool          // before there was one

	// Set before done is closed.
	out Out
	err error
	// How decoding the result, or the ctx of Start, ended in a panic here, if it did.
	burst *panics.Caught
}

// ProcessOptions are the choices of a [Process]. The zero value of each field is its
// default.
type ProcessOptions struct {
	// Launch says how the process is started, what it may use, and how it is ended.
	// [Process.Join] waits until Stdout and Stderr have been written to.
	Launch

	// Name names the process in messages and for [Self]. Empty means the name of the
	// function and a number.
	Name string

	// Stdin is the standard input of the process; nil means that it is empty. The
	// process inherits an *os.File directly. If that is a terminal in whose foreground
	// this process is, the process takes the foreground with its process group until it
	// ends. It gets what is typed, and the signal of Ctrl-C. On systems other than
	// Linux, and in the background, a read of the terminal fails with EIO. From another reader a goroutine reads
	// until the reader or the process ends; a Read that blocks then goes on blocking.
	Stdin io.Reader

	// Files are inherited by the process, where [InheritedFiles] returns them in this
	// order. The caller can close them when Start has returned. Processes that the
	// process starts do not inherit them.
	Files []*os.File
}

// NewProcess returns a process that will run fn with in. It encodes in at once; Start
// sends it. NewProcess panics if fn or one of Files is nil, if an option is negative
// (other than Grace), or if Limits are out of bounds. It also panics if Env has an
// entry without a key or with a NUL byte, or if more than one ProcessOptions is given.
func NewProcess[In, Out any](fn *Function[In, Out], in In, options ...ProcessOptions) *Process[Out] {
	if fn == nil {
		panic("ipc: NewProcess: the function is nil")
	}
	fn.mustBeMade()
	o := optional.One("ipc", "NewProcess", options)
	if i := slices.Index(o.Files, nil); i >= 0 {
		panic(fmt.Sprintf("ipc: NewProcess: Files[%d] is nil", i))
	}
	o.Launch = o.Launch.checked("NewProcess", len(o.Files))
	if o.Name == "" {
		o.Name = fmt.Sprintf("%s-%d", fn.name, processes.Add(1))
	}
	o.Files = slices.Clone(o.Files)
	p := &Process[Out]{name: o.Name, caller: fn.name, options: o, decode: fn.forms().out.Decode, done: make(chan struct{})}
	p.call, p.inErr = fn.pack(wire.Terms{Limit: o.MaxMessage}, nil, false, func(data []byte, t wire.Terms) ([]byte, error) { return fn.forms().in.Append(data, in, t) })
	return p
}

// Start makes a [Process] that runs fn with in, and starts it: [NewProcess] and
// [Process.Start] in one call. The error is that of Process.Start.
func Start[In, Out any](ctx context.Context, fn *Function[In, Out], in In, options ...ProcessOptions) (*Process[Out], error) {
	p := NewProcess(fn, in, options...)
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// processes counts those without a name of their own.
var processes atomic.Int64

// Start starts the process. It blocks until the process is ready, usually for 5 ms.
// When ctx ends before, the process is killed and Start returns context.Cause(ctx).
// When ctx ends later, the ctx of the function ends too. If the function goes on, its
// process is killed after Grace. The deadline of ctx travels.
//
// The error matches [ErrNoMain] if the program has not called [Main], [ErrStart] if
// the process could not be started, and [errors.ErrUnsupported] on systems that are
// not Unix. An argument that cannot travel is an error, too. Start panics if it is
// called twice.
func (p *Process[Out]) Start(ctx context.Context) error {
	if p.decode == nil {
		panic("ipc: Process not made by NewProcess")
	}
	if !p.started.CompareAndSwap(false, true) {
		panic("ipc: process " + p.name + " started again")
	}
	g := foreign.Guard(ctx)
	defer g.Raise()
	err := p.start(g)
	if err != nil {
		fds.CloseAll(p.call.Files)
		p.err = err
		close(p.done)
	}
	return err
}

func (p *Process[Out]) start(ctx *foreign.Context) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case p.inErr != nil:
		return cannotTravel(p.caller, "argument", p.inErr)
	case !mainCalled.Load():
		return fmt.Errorf("%w: call it first in main, and ipc.TestMain in the tests", ErrNoMain)
	}
	c, err := startProcess(ctx, p.name, p.options, p.born)
	if err != nil {
		p.mu.Lock()
		p.child = nil
		p.mu.Unlock()
		return err
	}
	go p.run(ctx, c)
	return nil
}

// born makes the child known, which has not reported yet.
func (p *Process[Out]) born(c *processChild) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.child = c
	if p.killed {
		_ = c.Kill() // Start says what comes of it
	}
}

// run has the child run the function, and waits until it is gone.
func (p *Process[Out]) run(ctx *foreign.Context, c *processChild) {
	defer func() {
		p.burst = p.burst.Or(ctx.Burst())
		close(p.done)
	}()
	reply, killed, err := c.call(ctx, p.call, p.options)
	fds.CloseAll(p.call.Files)
	switch {
	case c.End().GivenUp:
		p.err = survived(p.caller, c.End(), context.Cause(ctx))
	case killed:
		p.err = &CallError{Func: p.caller, Started: true, Err: context.Cause(ctx)}
	case errors.Is(err, link.ErrUnsent):
		p.err = cannotTravel(p.caller, "argument", err)
	case err != nil:
		died := obituary(p.caller, c.End(), err, p.options.Limits)
		died.Attempts = 1
		p.err = died
	case reply.Lost:
		p.err = fmt.Errorf("ipc: %s: the result: %w", p.caller, link.ErrLost)
	case reply.Kind == link.KindError:
		p.err = remote.Unpack(ctx, p.caller, p.options.MaxMessage, reply.Body)
	default:
		// A panic in there is for those who Join.
		end := func(caught *panics.Caught) { p.burst = caught }
		end(panics.Try(func() {
			p.out, err = unpack(reply.Got, func(files *[]*os.File) (Out, error) { return p.decode(reply.Body, files) })
		}, end))
		if err != nil {
			p.err = fmt.Errorf("ipc: %s: the result cannot be read: %w", p.caller, err)
		}
	}
}

// Name returns the name of the process.
func (p *Process[Out]) Name() string { return p.name }

// Done returns a channel that is closed when the process has ended and its result is
// known. It stays open for a process that is never started.
// ("multiprocessing.Process.sentinel")
func (p *Process[Out]) Done() <-chan struct{} { return p.done }

// Alive reports whether the process exists: Start has created it, though Start may
// still wait for it, and it has not ended.
func (p *Process[Out]) Alive() bool {
	if p.ended() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child != nil
}

// ended reports whether all is known of the process.
func (p *Process[Out]) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// ErrNotStarted is returned by methods that need a process that was started.
var ErrNotStarted = errors.New("ipc: the process was not started")

// Join blocks until the process has ended. It returns nil if the function succeeded,
// and the error of the function as [Function.On] returns it. If the ctx of Start ended
// the process, it returns a [*CallError] that wraps the cause. If the process ended before the function did, by
// [Process.Kill] for example, it returns a [*ProcessDiedError].
//
// When ctx ends before the process, Join returns context.Cause(ctx), and the process
// goes on. For a process that was not started it returns [ErrNotStarted]. A panic
// while the result is decoded is raised in each caller of Join.
func (p *Process[Out]) Join(ctx context.Context) error {
	_, err := p.Result(ctx)
	return err
}

// Result is Join that also returns the result of the function.
func (p *Process[Out]) Result(ctx context.Context) (Out, error) {
	var zero Out
	switch {
	case ctx.Err() != nil:
		return zero, context.Cause(ctx)
	case !p.started.Load():
		return zero, ErrNotStarted
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		select {
		case <-p.done: // at the same time
		default:
			return zero, context.Cause(ctx)
		}
	}
	p.burst.Raise()
	return p.out, p.err
}

// Pid returns the process id, 0 if the process was not started or could not be
// started. After the process has ended another process may have this id.
func (p *Process[Out]) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child == nil {
		return 0
	}
	return p.child.Pid
}

// Terminate sends SIGTERM to the process, which ends it unless the function handles
// the signal: see [Process.Signal]. It does not block.
// ("multiprocessing.Process.terminate")
func (p *Process[Out]) Terminate() error { return p.Signal(syscall.SIGTERM) }

// Signal sends a signal to the process, not to the processes that it has started. It
// never reaches another process that has got the same id. It does not block. While
// Start waits for the process, a signal that ends the process makes Start return an
// error matching [ErrStart]. The error is os.ErrProcessDone if there is no process:
// not yet, or no longer.
func (p *Process[Out]) Signal(s os.Signal) error {
	p.mu.Lock()
	c := p.child
	p.mu.Unlock()
	if c == nil {
		return os.ErrProcessDone
	}
	return c.Signal(s)
}

// Kill ends the process and its process group at once, by SIGKILL. It does not block.
// While Start waits for the process, Start then returns an error matching [ErrStart].
// For a process that was not started or has ended it does nothing. The error is the
// system's if it does not let this process kill that one, because of its user for
// example; on Linux it is killed all the same. If the process does not end within two
// seconds, [Process.Join] returns an error matching [ErrUnkillable].
// ("multiprocessing.Process.kill")
func (p *Process[Out]) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child != nil {
		return p.child.Kill()
	} else if p.started.Load() {
		p.killed = true
	}
	return nil
}

// ExitCode returns the exit status of a process that has ended: 0 if the function
// succeeded, 1 if it returned an error, 2 if it panicked, or the argument of os.Exit.
// It returns −1 before the process has ended, if a signal ended it, and in programs
// that ignore SIGCHLD.
func (p *Process[Out]) ExitCode() int {
	if s := p.state(); s != nil {
		return s.ExitCode()
	}
	return -1
}

// ExitSignal returns the signal that ended the process. It is 0 before the process has
// ended, and if the process exited.
func (p *Process[Out]) ExitSignal() syscall.Signal {
	if s := p.state(); s != nil {
		if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return status.Signal()
		}
	}
	return 0
}

// Usage returns what the process has used, when it has ended. It is nil before that,
// and in programs that ignore SIGCHLD.
func (p *Process[Out]) Usage() *os.ProcessState { return p.state() }

func (p *Process[Out]) state() *os.ProcessState {
	select {
	case <-p.done:
	default:
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child == nil {
		return nil
	}
	return p.child.State()
}

// RunnerOf registers the method Run of T under a name, for a [Process] that is a type
// of its own: NewProcess(RunnerOf[T](name), value) runs value.Run. The process has a
// copy of value; what Run changes in it changes only there. [Func] says where a
// registration belongs and when it panics.
func RunnerOf[T interface{ Run(context.Context) error }](name string, options ...FuncOptions) *Function[T, struct{}] {
	return Func(name, func(ctx context.Context, v T) (struct{}, error) { return struct{}{}, v.Run(ctx) }, options...)
}
