package ioloop

import (
	"errors"
	"net"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// A link is what the bytes of a connection go through: a descriptor, or memory. Its
// methods are called on the loop. It calls the connection's ready.
type link interface {
	// read and write return errAgain when they would have to wait, and read io.EOF at
	// the end.
	read(p []byte) (int, error)
	write(p []byte) (int, error)
	// want says for which of Readable and Writable ready is to be called, again and again
	// as long as it is so.
	want(poll.Events) error
	halves() bool // whether closeWrite works
	closeWrite() error
	// close ends it; reset tells the other end that it was not orderly.
	close(reset bool)
	fd() int
	localAddr() net.Addr
	remoteAddr() net.Addr
	// detach gives the descriptor away.
	detach() (net.Conn, error)
}

// errAgain says that a link has nothing to read, or no room to write.
var errAgain = errors.New("again")
