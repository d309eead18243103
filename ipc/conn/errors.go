package conn

import (
	"errors"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/internal/wire"
)

var (
	// ErrClosed is the error of a [Connection] or a [Listener] after its Close. Their
	// methods return an error then that matches ErrClosed and fs.ErrClosed. It is one
	// error in all packages of this module.
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
// received. Its Size and Limit are in bytes.
type TooLargeError = wire.TooLargeError

// An EncodeError says why [Send] cannot send a value, although its type can travel. The
// value is a cycle, or an interface in it holds more than a basic type, or a method by
// which it encodes itself failed. Path says where in the value that is. The error comes
// wrapped: find it by errors.As.
type EncodeError = wire.EncodeError

// A PanicError holds the value of a panic, and the stack of the goroutine it happened in.
// [Wait] panics with one when a wait has panicked.
type PanicError = panics.PanicError

// errClosed is what the methods of a closed connection or listener return.
var errClosed = closed.Descriptor("conn: closed")
