package frame

import (
	"errors"

	"github.com/fanfold/fanfold/netx"
)

// Errors that methods return, beside those of the connection.
var (
	// ErrClosed is returned by a [Client] that is closed or whose connection has ended,
	// together with the reason. It matches net.ErrClosed.
	ErrClosed = netx.ErrClosed
	// ErrMalformed is returned for bytes that are no message in the codec. The connection
	// is closed.
	ErrMalformed = errors.New("frame: malformed message")
	// ErrUnfit is returned for a message that the codec cannot frame: with a delimiter
	// inside, or of the wrong length. Nothing of it is sent, and the connection goes on.
	ErrUnfit = errors.New("frame: the message does not fit the codec")
	// ErrCut is returned, together with the reason, when a message was sent in part. The
	// connection is closed: what would follow would be taken for the rest of the message.
	ErrCut = errors.New("frame: closed after a part of a message was sent")
	// ErrUnasked is returned by a [Client] that got more answers than it has asked for.
	ErrUnasked = errors.New("frame: an answer to nothing")
)

// A TooLargeError is the error of a message beyond the limit: beyond [Options].MaxMessage
// when it is read, and beyond what the codec can say when it is written. Its Size is what
// the other end announced, or how much had come.
type TooLargeError = netx.TooLargeError
