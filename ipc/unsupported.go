//go:build !unix

package ipc

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/link"
)

// Where processes cannot be pooled, NewPool says so, functions can still be
// declared, and every other carrier works.

func unsupported(what string) error {
	return fmt.Errorf("ipc: %s on %s: %w", what, runtime.GOOS, errors.ErrUnsupported)
}

func serve(child.Role) int { return 1 }

func startWorker(*Pool, *seat) error { return unsupported("pools of processes") }

type processChild struct{ *child.Child }

func startProcess(context.Context, string, ProcessOptions, func(*processChild)) (*processChild, error) {
	return nil, unsupported("processes")
}

func (c *processChild) call(context.Context, Call, ProcessOptions) (link.Frame, bool, error) {
	return link.Frame{}, false, errors.ErrUnsupported
}
