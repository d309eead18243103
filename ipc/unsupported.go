//go:build !unix

package ipc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/fanfold/fanfold/ipc/internal/child"
)

// Where processes cannot be pooled, NewPool says so, functions can still be
// declared, and every other carrier works. The same holds for connections.

func unsupported(what string) error {
	return fmt.Errorf("ipc: %s on %s: %w", what, runtime.GOOS, errors.ErrUnsupported)
}

func serve(child.Role) int { return 1 }

func startWorker(*Pool) (*worker, error) {
	return nil, unsupported("pools of processes")
}

// Pipe returns an error that is errors.ErrUnsupported.
func Pipe(options ...ConnectionOptions) (*Connection, *Connection, error) {
	return nil, nil, unsupported("connections")
}

// OneWayPipe returns an error that is errors.ErrUnsupported.
func OneWayPipe(options ...ConnectionOptions) (receiver, sender *Connection, err error) {
	return nil, nil, unsupported("connections")
}

// FileConnection returns an error that is errors.ErrUnsupported.
func FileConnection(f *os.File, options ...ConnectionOptions) (*Connection, error) {
	return nil, unsupported("connections")
}

// File returns an error that is errors.ErrUnsupported.
func (c *Connection) File() (*os.File, error) { return nil, unsupported("connections") }

// Dial returns an error that is errors.ErrUnsupported.
func Dial(ctx context.Context, path string, options ...ConnectionOptions) (*Connection, error) {
	return nil, unsupported("connections")
}

// A Listener waits for connections where there are any.
type Listener struct{}

// Listen returns an error that is errors.ErrUnsupported.
func Listen(path string, options ...ConnectionOptions) (*Listener, error) {
	return nil, unsupported("connections")
}

// Addr returns nothing.
func (l *Listener) Addr() string { return "" }

// Accept returns an error that is errors.ErrUnsupported.
func (l *Listener) Accept(ctx context.Context) (*Connection, error) {
	return nil, unsupported("connections")
}

// Poll returns an error that is errors.ErrUnsupported.
func (l *Listener) Poll(ctx context.Context) error { return unsupported("connections") }

// Close does nothing.
func (l *Listener) Close() error { return nil }

type processChild struct{ *child.Child }

func startProcess(context.Context, string, ProcessOptions, func(*processChild)) (*processChild, error) {
	return nil, unsupported("processes")
}

func (c *processChild) call(context.Context, Call, ProcessOptions) (frame, bool, error) {
	return frame{}, false, errors.ErrUnsupported
}
