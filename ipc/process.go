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

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// A Process runs a registered function once, in a process of its own, which is this
// program started again and which ends with the function. Make it with [NewProcess];
// start it once. All methods are safe for concurrent use. For many calls a [Pool]
// costs less: starting a process takes milliseconds. ("multiprocessing.Process")
//
// The process dies with this one, however that ends. It sits in a process group of its
// own, and when it ends, however that is, what is left of that group is killed with it:
// what it has started itself, unless that has left the group, by setsid for example.
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
	// How decoding the result ended this process's own code, if it did.
	burst error
}

// ProcessOptions are the choices of a [Process]. The zero value of each is its
// default.
type ProcessOptions struct {
	// Launch says how the process is started, what it may use, and how it is ended.
	// [Process.Join] waits until Stdout and Stderr have been written to.
	Launch

	// Name names the process in messages and for [Self]; empty means the
	// function's name and a number.
	Name string

	// Stdin is what the process reads from standard input; nil means nothing. An
	// *os.File is handed down as it is. Of another reader a goroutine reads until
	// it ends or the process has: a Read that blocks then goes on blocking.
	Stdin io.Reader

	// Files are handed down: [InheritedFiles] returns them over there, in this order.
	// They can be closed here when Start has returned. What the process starts in
	// its turn does not inherit them.
	Files []*os.File
}

// NewProcess returns a process that will run fn with in, which is encoded now, and
// copied over there when it is started. NewProcess panics if fn or one of Files is
// nil, an option is negative (other than Grace), Env has an entry without a key,
// Limits are out of bounds, or more than one ProcessOptions is given.
func NewProcess[In, Out any](fn *Function[In, Out], in In, options ...ProcessOptions) *Process[Out] {
	if fn == nil {
		panic("ipc: NewProcess: the function is nil")
	}
	o := only("NewProcess", options)
	if i := slices.Index(o.Files, nil); i >= 0 {
		panic(fmt.Sprintf("ipc: NewProcess: Files[%d] is nil", i))
	}
	o.Launch = o.Launch.checked("NewProcess", len(o.Files))
	if o.Name == "" {
		o.Name = fmt.Sprintf("%s-%d", fn.name, processes.Add(1))
	}
	o.Files = slices.Clone(o.Files)
	p := &Process[Out]{name: o.Name, caller: fn.name, options: o, decode: fn.out.Decode, done: make(chan struct{})}
	p.call, p.inErr = fn.pack(nil, false, func(data []byte, files *[]*os.File) ([]byte, error) { return fn.in.Append(data, in, files) })
	if size := len(p.call.In); p.inErr == nil && size > o.MaxMessage {
		p.inErr = &TooLargeError{Func: fn.name, What: "argument", Size: size, Limit: o.MaxMessage}
	}
	return p
}

// Start returns a [Process] that runs fn with in and has been started:
// [NewProcess] and [Process.Start] in one. The error is that of Process.Start.
func Start[In, Out any](ctx context.Context, fn *Function[In, Out], in In, options ...ProcessOptions) (*Process[Out], error) {
	p := NewProcess(fn, in, options...)
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// processes counts those without a name of their own.
var processes atomic.Int64

// Start starts the process and returns when it has begun, usually within 5 ms. When
// ctx ends before that, the process is killed; when it ends later, the function's ctx
// over there ends too, and a function that does not heed that within Grace is killed;
// the deadline of ctx travels along.
//
// The error is [ErrNoMain] if the program has not called [Main], an [ErrStart] that
// says why there is no process, one that errors.Is finds errors.ErrUnsupported in on
// systems other than Unix, the cause of a ctx that ended first, or says that the
// argument cannot travel. The process has then ended: Join returns the same error.
// Start panics when it is called again.
func (p *Process[Out]) Start(ctx context.Context) error {
	if !p.started.CompareAndSwap(false, true) {
		panic("ipc: process " + p.name + " started again")
	}
	err := p.start(ctx)
	if err != nil {
		fds.CloseAll(p.call.Files)
		p.err = err
		close(p.done)
	}
	return err
}

func (p *Process[Out]) start(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case p.inErr != nil:
		return fmt.Errorf("ipc: %s: the argument cannot travel: %w", p.caller, p.inErr)
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
		c.kill()
	}
}

// run has the child run the function, and waits until it is gone.
func (p *Process[Out]) run(ctx context.Context, c *processChild) {
	defer close(p.done)
	reply, killed, err := c.call(ctx, p.call, p.options)
	fds.CloseAll(p.call.Files)
	switch {
	case killed:
		p.err = context.Cause(ctx)
	case err != nil:
		died := obituary(p.caller, c.end(), err, p.options.Limits.Memory > 0)
		died.Attempts = 1
		p.err = died
	case reply.lost:
		p.err = fmt.Errorf("ipc: %s: the result: %w", p.caller, errLostFiles)
	case reply.kind == frameError:
		p.err = remote.Unpack(ctx, p.caller, p.options.MaxMessage, reply.body)
	default:
		// A panic in there is for those who Join.
		end := func(how error) { p.burst = how }
		end(panics.Try(func() {
			p.out, err = unpack(reply.got, func(files *[]*os.File) (Out, error) { return p.decode(reply.body, files) })
		}, end))
		if err != nil {
			p.err = fmt.Errorf("ipc: %s: the result cannot be read: %w", p.caller, err)
		}
	}
}

// Name returns the process's name.
func (p *Process[Out]) Name() string { return p.name }

// Done returns a channel that is closed when the process has ended, and all that is
// to be known of it is known; for one that was not started it stays open until it is.
// ("multiprocessing.Process.sentinel")
func (p *Process[Out]) Done() <-chan struct{} { return p.done }

// Alive reports whether there is a process: it was started, Start may still be waiting
// for it, and has not ended.
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

// ErrNotStarted is what waiting for a process that was not started returns.
var ErrNotStarted = errors.New("ipc: the process was not started")

// Join waits until the process has ended, and returns how: nil if the function
// succeeded, its error as [Function.On] returns it, the cause of the ctx of Start if
// that ended it, or a [*ProcessDiedError] if the process ended before the function did,
// by [Process.Kill] for example. When ctx ends before, Join returns its cause, and the
// process goes on. A process that was not started gives [ErrNotStarted].
func (p *Process[Out]) Join(ctx context.Context) error {
	_, err := p.Result(ctx)
	return err
}

// Result is Join that returns what the function did, too.
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
	panics.Raise(p.burst)
	return p.out, p.err
}

// Pid returns the process id, 0 if there is none: the process was not started, or
// could not be. After the process has ended it may be another's.
func (p *Process[Out]) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child == nil {
		return 0
	}
	return p.child.pid
}

// Terminate asks the process to end, by SIGTERM, which ends it unless the function
// has arranged for something else. It does not wait. While Start is under way see
// [Process.Signal]. The error is os.ErrProcessDone if there is no process to ask (any
// more). ("multiprocessing.Process.terminate")
func (p *Process[Out]) Terminate() error { return p.Signal(syscall.SIGTERM) }

// Signal sends a signal to the process, not to what it started. It cannot reach another
// one that has got its id. It reaches one that Start is still waiting for: if it ends
// that, Start returns an [ErrStart]; until there is one, it does nothing. The error is
// os.ErrProcessDone if there is no process (yet, or any more).
func (p *Process[Out]) Signal(s os.Signal) error {
	p.mu.Lock()
	c := p.child
	p.mu.Unlock()
	if c == nil {
		return os.ErrProcessDone
	}
	err := c.process.Signal(s)
	c.child.mu.Lock()
	defer c.child.mu.Unlock()
	if err != nil && c.reaped { // by a kernel that told us nothing else
		return os.ErrProcessDone
	}
	return err
}

// Kill ends the process and its process group, at once. It does not wait. While Start
// is under way it ends that, too: Start then returns an [ErrStart]. Killing a process
// that was not started, or has ended, does nothing. ("multiprocessing.Process.kill")
func (p *Process[Out]) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child != nil {
		p.child.kill()
	} else if p.started.Load() {
		p.killed = true
	}
}

// ExitCode returns the exit status of the process when it has ended: 0 if the function
// succeeded, 1 if it returned an error, 2 if it panicked, what it passed to os.Exit;
// −1 while there is none, if a signal ended it, or if nobody knows, as in programs that
// ignore SIGCHLD.
func (p *Process[Out]) ExitCode() int {
	if s := p.state(); s != nil {
		return s.ExitCode()
	}
	return -1
}

// ExitSignal returns the signal that ended the process; 0 while it has not ended, or
// if it exited.
func (p *Process[Out]) ExitSignal() syscall.Signal {
	if s := p.state(); s != nil {
		if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return status.Signal()
		}
	}
	return 0
}

// Usage returns what the process has used when it has ended, nil before, and in
// programs that ignore SIGCHLD.
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
	return p.child.state
}

// RunnerOf registers T's method Run under a name, for a [Process] that is a type of its
// own: NewProcess(RunnerOf[T](name), value) runs value.Run. The value is copied over
// there: what Run changes in it, it changes there. See [Func], also for where this
// belongs and when it panics.
func RunnerOf[T interface{ Run(context.Context) error }](name string, options ...FuncOptions) *Function[T, struct{}] {
	return Func(name, func(ctx context.Context, v T) (struct{}, error) { return struct{}{}, v.Run(ctx) }, options...)
}
