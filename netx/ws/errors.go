package ws

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/netx"
)

// ErrClosed is matched by the errors of a [Conn] that this side has closed. It is one error
// in all packages of this module. These errors match net.ErrClosed as well.
var ErrClosed = closed.Err

// ErrPong is the error of [Conn.Read] when the other side was silent for the time of Ping,
// was asked, and stayed silent for the time of Pong. The connection is closed then.
var ErrPong error = pongError{}

// ErrOrigin is matched by the error of [Accept] for a request from a page of another site.
var ErrOrigin = errors.New("ws: the origin is not allowed")

// A TooLargeError is the error of a message beyond MaxMessage. Its Size is what the frames
// that have come announce, or what was inflated; a message may have been larger.
type TooLargeError = netx.TooLargeError

// A PanicError is a panic of a handler, with its stack. OnError gets it.
type PanicError = panics.PanicError

// A CloseError says how a connection was closed: with which code and reason, and by which
// side. When the other side ended the connection without a closing handshake the Code is
// [Abnormal], and the error matches io.ErrUnexpectedEOF.
type CloseError struct {
	Code   Code   // NoStatus if the other side gave none
	Reason string // as far as it fits into a frame: 123 bytes
	Remote bool   // the other side has closed; otherwise this one has
}

// Error names the side, the code and the reason.
func (e *CloseError) Error() string {
	side := "this side"
	if e.Remote {
		side = "the other side"
	}
	if e.Reason == "" {
		return fmt.Sprintf("ws: closed by %s: %v", side, e.Code)
	}
	return fmt.Sprintf("ws: closed by %s: %v: %q", side, e.Code, e.Reason)
}

// Is makes the error of a connection that this side has closed match ErrClosed and
// net.ErrClosed.
func (e *CloseError) Is(target error) bool {
	return !e.Remote && (target == closed.Err || target == net.ErrClosed)
}

// Unwrap returns io.ErrUnexpectedEOF for a connection that ended without a handshake.
func (e *CloseError) Unwrap() error {
	if e.Remote && e.Code == Abnormal {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// A HandshakeError says why there is no connection: the answer of a server that [Dial] does
// not take for one, or what [Accept] has answered to a request that it refused.
type HandshakeError struct {
	Status int         // of the answer
	Header http.Header // of the answer; nil from Accept
	Body   []byte      // the first 4 KiB of the answer's body; of Accept, all of it

	reason string
	cause  error
}

// Error says what is wrong with the answer or the request.
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("ws: handshake: %s (status %d)", e.reason, e.Status)
}

// Unwrap returns [ErrOrigin], or what kept the connection from being taken over.
func (e *HandshakeError) Unwrap() error { return e.cause }

// A violation is what the other side did against the protocol, and the code for it.
type violation struct {
	code Code
	what string
}

func (v *violation) Error() string { return "ws: " + v.what }

func protocolError(what string) error { return &violation{ProtocolError, what} }

var (
	errText    error = &violation{InvalidData, "a text is not UTF-8"}
	errReason  error = &violation{InvalidData, "the reason in a close frame is not UTF-8"}
	errClosed        = connClosed("ws: closed")
	errAnswer        = errors.New("ws: the other side has not answered the close frame")
	errGoodbye       = errors.New("ws: the other side has answered the close frame")
	errMessage       = errors.New("ws: the message of this Reader is over")
)

// closeWait bounds the closing handshake.
const closeWait = 5 * time.Second

// connClosed is a text that matches ErrClosed and net.ErrClosed.
type connClosed string

func (c connClosed) Error() string { return string(c) }

func (connClosed) Is(target error) bool { return target == closed.Err || target == net.ErrClosed }

// pongError is a net.Error, as other ends of a time are.
type pongError struct{}

func (pongError) Error() string   { return "ws: the other side does not answer a ping" }
func (pongError) Timeout() bool   { return true }
func (pongError) Temporary() bool { return false }

// failureCode returns the code that tells the other side of an error of its own.
func failureCode(err error) Code {
	if v, ok := err.(*violation); ok {
		return v.code
	}
	if _, ok := err.(*TooLargeError); ok {
		return TooLarge
	}
	return Internal
}
