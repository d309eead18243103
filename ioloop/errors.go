package ioloop

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// Errors that methods return.
var (
	// ErrClosed is returned by a loop, a server or a connection after its end. It matches
	// net.ErrClosed.
	ErrClosed error = closedError{}
	// ErrFull is returned by [Conn.Write] when more bytes than ConnOptions.Max would
	// wait to be sent. Nothing of the write was taken.
	ErrFull = errors.New("ioloop: too many bytes wait to be sent")
)

// A PanicError is a panic of a callback, with its stack. Options.Panic gets it.
type PanicError = concurrent.PanicError

type closedError struct{}

func (closedError) Error() string        { return "ioloop: closed" }
func (closedError) Is(target error) bool { return target == net.ErrClosed }

// wrap returns ErrClosed for the poller's, and other errors with the package's name.
func wrap(err error) error {
	if errors.Is(err, poll.ErrClosed) {
		return ErrClosed
	}
	return fmt.Errorf("ioloop: %w", err)
}

// A TooLongError says that no message ended within the limit.
type TooLongError struct {
	Limit int // in bytes
}

// Error returns the limit.
func (e *TooLongError) Error() string {
	return fmt.Sprintf("ioloop: more than %d bytes without the end of a message", e.Limit)
}

// An IncompleteError says that a stream ended before what was asked for had come. It
// matches io.ErrUnexpectedEOF. Python: asyncio.IncompleteReadError.
type IncompleteError struct {
	Partial []byte // what had come
	Want    int    // how many bytes were asked for; 0 for a separator
}

// Error returns both lengths.
func (e *IncompleteError) Error() string {
	if e.Want > 0 {
		return fmt.Sprintf("ioloop: the stream ended after %d of %d bytes", len(e.Partial), e.Want)
	}
	return fmt.Sprintf("ioloop: the stream ended after %d bytes, before the separator", len(e.Partial))
}

// Unwrap returns io.ErrUnexpectedEOF.
func (e *IncompleteError) Unwrap() error { return io.ErrUnexpectedEOF }
