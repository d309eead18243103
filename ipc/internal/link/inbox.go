package link

import (
	"errors"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// An Inbox is the worker's side of a transport. One goroutine receives, starts, ships and
// replies, in this order, call by call; another one delivers.
type Inbox interface {
	// Receive blocks until there is a call. The error is io.EOF when there will be
	// none, and [ErrWithdrawn] if the pool has taken the call back. The frame is valid
	// until the call is answered.
	Receive() (Frame, error)

	// Start makes known that the call is started. The error is [ErrWithdrawn] if the
	// pool has taken it back.
	Start() error

	// Deliver hands over what goes with the next call: a frame of [KindFiles] that has
	// come in the control socket, with its descriptors, nil if they were lost.
	Deliver(f *Frame, rights fds.Arrivals)

	// Room returns memory for the body of the answer, of length 0. Its capacity may be 0,
	// and the body may be elsewhere.
	Room() []byte

	// Ship sends what goes with the answer, f.Got and a large body, before it. If it
	// fails nothing has gone, and the error matches [ErrUnsent], or [ErrCut] if nothing can
	// go any more.
	Ship(f *Frame) error

	// Reply answers the call.
	Reply(f *Frame) error
}

// ErrWithdrawn says that the pool has taken a call back.
var ErrWithdrawn = errors.New("ipc: the call was withdrawn")

// InboxOptions are what a pool says of itself.
type InboxOptions struct {
	MaxMessage int  // bounds the body of a call, in bytes
	Spin       bool // there are processors enough for waiting to be busy for a moment
	Sealing    bool // large answers leave the pipe to a notice
}
