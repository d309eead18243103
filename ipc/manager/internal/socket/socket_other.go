//go:build !unix

package socket

import (
	"errors"
	"os"
	"time"
)

// A Socket is what only Unix systems have.
type Socket struct{}

// New returns an error matching errors.ErrUnsupported.
func New(*os.File) (*Socket, error) { return nil, errors.ErrUnsupported }

// Close does nothing.
func (*Socket) Close() {}

// Shut does nothing.
func (*Socket) Shut() {}

// Read returns an error.
func (*Socket) Read([]byte) (int, error) { return 0, errors.ErrUnsupported }

// TryRead returns an error.
func (*Socket) TryRead([]byte) (int, error) { return 0, errors.ErrUnsupported }

// TryWrite returns an error.
func (*Socket) TryWrite([]byte) (int, error) { return 0, errors.ErrUnsupported }

// Write returns an error.
func (*Socket) Write([]byte, time.Duration) error { return errors.ErrUnsupported }

// WriteWait returns an error.
func (*Socket) WriteWait([]byte) error { return errors.ErrUnsupported }

// Poll returns an error.
func (*Socket) Poll(bool, int) (bool, error) { return false, errors.ErrUnsupported }

// A Bell is what only Unix systems have.
type Bell struct{}

// NewBell returns an error.
func NewBell() (*Bell, error) { return nil, errors.ErrUnsupported }

// Fd returns −1.
func (*Bell) Fd() int { return -1 }

// Ring does nothing.
func (*Bell) Ring() {}

// Quiet does nothing.
func (*Bell) Quiet() {}

// Close does nothing.
func (*Bell) Close() {}

// Ended reports false.
func Ended(error) bool { return false }
