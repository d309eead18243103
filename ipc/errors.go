package ipc

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/indexed"
	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

var (
	// ErrClosed matches the error of a call on a pool that has been shut down or
	// closed. It is the same value in all packages of this module.
	ErrClosed = closed.Err

	// ErrStart matches the error of a call, of [NewPool] or of [Process.Start] when a
	// process could not be started.
	ErrStart = errors.New("ipc: cannot start a process")

	// ErrNoMain is returned by [NewPool] and [Process.Start] in a program that has not
	// called [Main] first in its main function, or [TestMain] in its tests. Its
	// processes would run the program again instead of serving it.
	ErrNoMain = errors.New("ipc: the program has not called ipc.Main")

	// ErrNoFunc matches the error of a call whose function is not registered in the
	// process that received the call.
	ErrNoFunc = errors.New("ipc: no such function")

	// ErrTypes matches the error of a call whose function has other types in the
	// process that received the call: the two programs differ. The process has decoded
	// nothing.
	ErrTypes = errors.New("ipc: the function has other types in that process")

	// ErrProcessDied matches every [*ProcessDiedError].
	ErrProcessDied = errors.New("ipc: the process died")

	// ErrUnkillable matches the error of a call whose process was killed and is still
	// there two seconds later: it is frozen, or waits for a disk that is gone. The
	// process is given up, and ends when the system lets it. [Pool.Close],
	// [Pool.Shutdown] and [Process.Join] return such an error, too.
	ErrUnkillable = errors.New("ipc: the process could not be killed")

	// ErrPoison matches, beside ErrProcessDied, the error of a call that is not tried
	// again because each worker that took it died.
	ErrPoison = errors.New("ipc: the call kills its processes")

	// ErrProtocol matches, beside ErrProcessDied, the error of a call whose process sent
	// what makes no sense, and was killed for that: see [ProcessDiedError].Protocol.
	ErrProtocol = link.ErrProtocol

	// ErrGoexit is the error of a function that ended its goroutine by
	// [runtime.Goexit] instead of returning.
	ErrGoexit = panics.ErrGoexit
)

// A PanicError says that the function panicked in the process it ran in. Value is the
// text of the value it panicked with, Stack the stack of the goroutine there. The
// process goes on serving. It comes wrapped, in a [*RemoteError]: find it by errors.As.
type PanicError = panics.PanicError

// A CallError is the error of a call that was ended before it was done: its ctx ended, or
// its pool was closed. Func is the function that was called. Started says that the function
// may have begun to run: if it is false, nothing has happened, and the call may be made
// again. Err is context.Cause of the ctx, or matches [ErrClosed]; the error matches it.
type CallError = remote.CallError

// An IndexError is the error of one argument of [Function.OnChunks]: Index is its position
// in the chunk, counted from 0, and Err the error that [Function.On] would return. The
// error matches what Err matches. It is the type that par.MapChunks looks for.
type IndexError = indexed.IndexError

// A ProcessDiedError says that a process ended before the call that it was running: it
// crashed, exited or was killed. It matches [ErrProcessDied].
type ProcessDiedError struct {
	// Func is the function that was running.
	Func string

	// Pid is the process id that the process had.
	Pid int

	// ExitCode is the exit status of the process. It is −1 if a signal ended the
	// process. It is also −1, and Signal 0, where the kernel does not tell: in programs
	// that ignore SIGCHLD, and if other code has waited for the process.
	ExitCode int

	// Signal is the signal that ended the process, 0 if it exited.
	Signal syscall.Signal

	// Crash is the beginning, at most 64 KiB, of what the Go runtime reported about a
	// crash: the cause stands first, the stacks of goroutines follow.
	Crash []byte

	// Stderr is the end, at most 8 KiB, of what the process wrote to standard error since
	// the call was sent to it, or before, for a call that waited there behind others.
	// All of it was also passed on to [Launch].Stderr.
	Stderr []byte

	// Attempts is how many processes have died of this call.
	Attempts int

	// Poison says that the call is not tried again because too many processes died: as
	// many as FuncOptions.Attempts while they ran it, or ten while they read it.
	Poison bool

	// OutOfMemory says that the process crashed because it needed more memory than its
	// [Limits] allow. The error then matches [ErrMemoryLimit].
	OutOfMemory bool

	// OutOfCPU says that the process was killed when it had used up its [Limits].CPU, as
	// near as that can be known: to a quarter. The error then matches [ErrCPULimit].
	OutOfCPU bool

	// Protocol says what the process sent that makes no sense, which it was killed for;
	// nil if it sent no such thing. The error then matches [ErrProtocol].
	Protocol error

	ignored bool // nothing is known because this program ignores SIGCHLD
}

// obituary returns the error of a call of the function name in a process that ended, and
// had such limits. cause is what its pipes had to say.
func obituary(name string, end child.End, cause error, limits Limits) *ProcessDiedError {
	e := &ProcessDiedError{
		Func: name, Pid: end.Pid, ExitCode: end.ExitCode, Signal: end.Signal, Crash: end.Crash, Stderr: end.Stderr,
		OutOfMemory: limits.Memory > 0 && end.OutOfMemory(), OutOfCPU: limits.usedUp(end.Signal, end.CPU), ignored: end.Ignored,
	}
	if errors.Is(cause, link.ErrProtocol) {
		e.Protocol = cause
	}
	return e
}

// survived returns nil if the process has ended, and an error that wraps cause, which may
// be nil, if it was given up.
func survived(name string, end child.End, cause error) error {
	if !end.GivenUp {
		return nil
	}
	err := fmt.Errorf("%w: %s: process %d is still there %v after it was killed", ErrUnkillable, name, end.Pid, child.Mercy)
	for _, e := range []error{end.KillErr, cause} {
		if e != nil {
			err = fmt.Errorf("%w: %w", err, e)
		}
	}
	return err
}

// Error names the function, how the process ended, why if that is known, and the first
// line of the crash or the last line of its standard error. Control characters in these
// are quoted.
func (e *ProcessDiedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ipc: %s: process %d ", e.Func, e.Pid)
	switch {
	case e.Signal != 0:
		fmt.Fprintf(&b, "was ended by signal %d (%v)", int(e.Signal), e.Signal)
	case e.ExitCode < 0:
		b.WriteString("ended, and how is not known: ")
		if e.ignored {
			b.WriteString("the program ignores SIGCHLD")
		} else {
			b.WriteString("other code of the program has waited for it")
		}
	default:
		fmt.Fprintf(&b, "exited with status %d", e.ExitCode)
	}
	if e.OutOfCPU {
		b.WriteString(", since it had used up its limit of processor time")
	}
	if e.Poison {
		fmt.Fprintf(&b, ", the last of %d that died of this call", e.Attempts)
	}
	if e.Protocol != nil {
		fmt.Fprintf(&b, ": %s", printable(e.Protocol.Error()))
	}
	if line := firstLine(e.Crash); line != "" {
		b.WriteString(": " + printable(line))
	} else if line := lastLine(e.Stderr); line != "" {
		b.WriteString(": " + printable(line))
	}
	return b.String()
}

// Is reports true for [ErrProcessDied], for [ErrPoison] if e.Poison is set, for
// [ErrMemoryLimit] if e.OutOfMemory is, for [ErrCPULimit] if e.OutOfCPU is, and for
// [ErrProtocol] if e.Protocol is.
func (e *ProcessDiedError) Is(target error) bool {
	switch target {
	case ErrProcessDied:
		return true
	case ErrPoison:
		return e.Poison
	case ErrMemoryLimit:
		return e.OutOfMemory
	case ErrCPULimit:
		return e.OutOfCPU
	case ErrProtocol:
		return e.Protocol != nil
	}
	return false
}

// printable quotes what a terminal would take for a command: what a process has written
// may be anything.
func printable(line string) string {
	var b strings.Builder
	for i, r := range line {
		switch {
		case r == utf8.RuneError && line[i] != "\uFFFD"[0]:
			fmt.Fprintf(&b, `\x%02x`, line[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
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
