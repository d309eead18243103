package ipc

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/internal/wire"
)

var (
	// ErrClosed is returned by calls on a pool that was closed or terminated. It is
	// one error in all packages of this module.
	ErrClosed = closed.Err

	// ErrStart is what errors.Is finds in the error of a call, or of NewPool,
	// for which no worker could be started.
	ErrStart = errors.New("ipc: cannot start a worker")

	// ErrNoMain is returned by NewPool in a program that does not call [Main]
	// first in its main (or [TestMain] in its tests): its workers would run the
	// program instead of serving it.
	ErrNoMain = errors.New("ipc: the program has not called ipc.Main")

	// ErrNoFunc is what errors.Is finds in the error of a call of a function that the
	// process which was to run it does not have.
	ErrNoFunc = errors.New("ipc: no such function")

	// ErrTypes is what errors.Is finds in the error of a call whose function takes or
	// returns other types in the process that was to run it: the programs differ.
	ErrTypes = errors.New("ipc: the function has other types in that process")

	// ErrProcessDied is what errors.Is finds in every [*ProcessDiedError].
	ErrProcessDied = errors.New("ipc: worker died")

	// ErrPoison is what errors.Is finds, beside ErrProcessDied, in the error of a
	// call that was given up because every worker that took it died.
	ErrPoison = errors.New("ipc: call kills its workers")

	// ErrGoexit is the error of a function that ended by runtime.Goexit instead
	// of returning.
	ErrGoexit = panics.ErrGoexit
)

// A PanicError is a panic of the function, in the process it ran in: Value is
// the text of what it panicked with, Stack the stack over there. The worker
// survives it.
type PanicError = panics.PanicError

// A ProcessDiedError says that the process a call ran in ended before the call
// did: it crashed, exited or was killed by somebody else.
type ProcessDiedError struct {
	// Func is the function that was running.
	Func string

	// Pid is the process id the worker had.
	Pid int

	// ExitCode is the worker's exit status, −1 if a signal ended it, or if nobody
	// knows, Signal being 0 then: programs that ignore SIGCHLD do not learn it.
	ExitCode int

	// Signal is the signal that ended the worker, 0 if it exited, or nobody knows.
	Signal syscall.Signal

	// Crash is the beginning, some 64 KiB at most, of what the Go runtime had to
	// say of a crash: the cause stands first, the goroutines follow.
	Crash []byte

	// Stderr is the end, at most 8 KiB, of what the worker wrote to standard
	// error. All of it was also forwarded as it came.
	Stderr []byte

	// Attempts is how many workers this call has taken along.
	Attempts int

	// Poison says that the call was not tried again because it had taken along
	// too many: FuncOptions.Attempts of them while it ran, or a few more while
	// they merely read it.
	Poison bool

	// OutOfMemory says that the worker crashed because it needed more memory than
	// its [Limits] allow.
	OutOfMemory bool
}

// obituary returns the error of a call of the function name in a process that ended.
// cause is what its pipes had to say; limited says that its memory was.
func obituary(name string, end childEnd, cause error, limited bool) *ProcessDiedError {
	e := &ProcessDiedError{
		Func: name, Pid: end.pid, ExitCode: end.exitCode, Signal: end.signal, Crash: end.crash, Stderr: end.stderr,
		OutOfMemory: limited && end.outOfMemory(),
	}
	if errors.Is(cause, errProtocol) {
		e.Stderr = append(e.Stderr, ("\n" + cause.Error())...)
	}
	return e
}

// Error names the function, how the worker ended, and the first line of its
// crash or the last of its standard error.
func (e *ProcessDiedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ipc: %s: worker %d ", e.Func, e.Pid)
	switch {
	case e.Signal != 0:
		fmt.Fprintf(&b, "was ended by signal %d (%v)", int(e.Signal), e.Signal)
	case e.ExitCode < 0:
		b.WriteString("ended, and nobody knows how: the program ignores SIGCHLD")
	default:
		fmt.Fprintf(&b, "exited with status %d", e.ExitCode)
	}
	if e.Poison {
		fmt.Fprintf(&b, ", the last of %d the call took along", e.Attempts)
	}
	if line := firstLine(e.Crash); line != "" {
		b.WriteString(": " + line)
	} else if line := lastLine(e.Stderr); line != "" {
		b.WriteString(": " + line)
	}
	return b.String()
}

// Is reports true for [ErrProcessDied], for [ErrPoison] if e.Poison, and for
// [ErrMemoryLimit] if e.OutOfMemory.
func (e *ProcessDiedError) Is(target error) bool {
	return target == ErrProcessDied || e.Poison && target == ErrPoison || e.OutOfMemory && target == ErrMemoryLimit
}

// A TooLargeError is the error of a call whose argument or result is larger than
// MaxMessage of the pool or process, in bytes. The call was not started, or its result
// is lost. It is also the error of a profile larger than [ProfileOptions].MaxSize. Its
// fields say what was too large (What: an argument, a result, a profile), its Size and
// the Limit.
type TooLargeError = wire.TooLargeError

func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	return string(line)
}

func lastLine(text []byte) string {
	text = bytes.TrimSpace(text)
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}
