//go:build !unix

package ipc

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// Where processes cannot be pooled, NewPool says so, functions can still be
// declared, and every other carrier works.

type role struct{}

func takeRole() (role, bool) { return role{}, false }

func serve(role) int { return 1 }

type spawner struct{}

func newSpawner() *spawner { return &spawner{} }

func (*spawner) stop() {}

func startWorker(*Pool) (*worker, error) {
	return nil, fmt.Errorf("ipc: pools of processes on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func (w *worker) kill()       { _ = w.process.Signal(os.Kill) }
func (w *worker) reap(func()) {}
