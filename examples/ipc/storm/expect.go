//go:build linux

package main

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"github.com/fanfold/fanfold/ipc"
)

// What errors are expected of faults. That a call can also succeed before its fault
// strikes, or be ended by another fault, is known to the ledger.

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func says(text string) func(error) bool {
	return func(err error) bool { return err != nil && strings.Contains(err.Error(), text) }
}

// died expects that the worker ended so, and said that of its crash.
func died(status int, signal syscall.Signal, crash string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*ipc.ProcessDiedError](err)
		return ok && e.ExitCode == status && e.Signal == signal && strings.Contains(string(e.Crash), crash)
	}
}

// panicked expects the panic of a function, or of a method that encodes or decodes.
func panicked(err error) bool {
	if p, ok := errors.AsType[*ipc.PanicError](err); ok {
		return p.Value == "on purpose" && len(p.Stack) > 0
	}
	return says("panicked: on purpose")(err)
}

func tooLarge(what string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*ipc.TooLargeError](err)
		return ok && e.What == what && e.Limit == maxMessage && e.Size > maxMessage
	}
}

// anyhow is for workers that are out of their mind: the call may end in any way, but
// it ends.
func anyhow(err error) bool {
	return err == nil || errors.Is(err, ipc.ErrProcessDied) || errors.Is(err, context.DeadlineExceeded)
}

// whatever is for calls that may have been written over, or robbed of their files.
func whatever(error) bool { return true }

// canceled expects that a call was given up, unless it was quicker.
func canceled(err error) bool { return err == nil || errors.Is(err, errCanceled) }

// closed expects that the pool was closed, unless the call was quicker.
func closed(err error) bool { return err == nil || errors.Is(err, ipc.ErrClosed) }
