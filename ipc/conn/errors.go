package conn

import (
	"errors"
	"io/fs"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/internal/wire"
)

var (
	// ErrClosed is the error of a [Connection] or a [Listener] after its Close.
	// errors.Is finds it in what their methods return then, and fs.ErrClosed too. It
	// is one error in all packages of this module.
	ErrClosed = closed.Err

	// ErrAuth is the error of [Dial] and [Listener.Accept] when one side could not
	// prove that it knows the AuthKey of the other. It comes wrapped: compare with
	// errors.Is.
	ErrAuth = errors.New("conn: authentication failed")

	// ErrOneWay is returned by sends on a connection that only receives, and by
	// receives on one that only sends.
	ErrOneWay = errors.New("conn: the connection is one-way")

	// ErrNoFile is the error of [Connection.RecvFile] for a message that is not a
	// file. It comes wrapped: compare with errors.Is.
	ErrNoFile = errors.New("conn: the message is not a file")
)

// A TooLargeError is the error of a message larger than [Options].MaxMessage, sent or
// received. Size is what it has, in bytes, Limit what it may have.
type TooLargeError = wire.TooLargeError

// PanicError is what [Wait] panics with when one of its waits panicked in another
// goroutine: the value, and the stack of the goroutine it happened in.
type PanicError = panics.PanicError

// errClosed is what the methods of a closed connection or listener return.
var errClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string { return "conn: closed" }

func (closedError) Is(target error) bool { return target == ErrClosed || target == fs.ErrClosed }
