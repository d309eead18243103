package netx

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/panics"
)

// Errors that servers and their connections return.
var (
	// ErrClosed is the error of a connection that its server has closed, and the cause of
	// the handler's context after the grace. It matches net.ErrClosed.
	ErrClosed error = closedError{}
	// ErrIdle is the error of a connection that was closed since it made no progress for
	// the time of Idle. It matches os.ErrDeadlineExceeded.
	ErrIdle error = idleError{}
	// ErrTooManyConns goes to OnError for a connection beyond [ServeOptions].MaxPerIP.
	ErrTooManyConns = errors.New("netx: too many connections from one address")
)

type closedError struct{}

func (closedError) Error() string        { return "netx: closed by the server" }
func (closedError) Is(target error) bool { return target == net.ErrClosed || target == closed.Err }

// idleError is a net.Error, as other ends of a time are.
type idleError struct{}

func (idleError) Error() string        { return "netx: no byte for too long" }
func (idleError) Timeout() bool        { return true }
func (idleError) Temporary() bool      { return false }
func (idleError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// A PanicError is a panic of a handler, with its stack. OnError gets it.
type PanicError = panics.PanicError

// A CutError says that a server had to close connections since their handlers had not
// returned when the grace was over.
type CutError struct {
	Conns int // how many connections were closed; of ServeUDP: how many packets were dropped
}

// Error returns the number.
func (e *CutError) Error() string {
	if e.Conns == 1 {
		return "netx: 1 connection was cut at the end of the grace"
	}
	return fmt.Sprintf("netx: %d connections were cut at the end of the grace", e.Conns)
}

// A TooLargeError is the error of a message beyond the limit for messages.
type TooLargeError struct {
	Size  int // in bytes, as far as it is known: as announced, or as much as had come
	Limit int // in bytes
}

// Error returns both numbers.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("netx: a message of %d bytes or more, where %d are allowed", e.Size, e.Limit)
}
