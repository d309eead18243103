package ioloop

import (
	"errors"
	"net"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// A link is what the bytes of a connection go through: a descriptor, or memory. Its
// methods are called on the loop. It calls the connection's ready.
type link interface {
	bind(*Conn) // the first call
	// read returns what has come: in p, or in memory of its own, which is valid until the
	// connection's ready returns. read and write return errAgain when they would have to
	// wait, and read io.EOF at the end. A link whose connections have lends may go on to
	// send what of p write has not taken: it stays where it is until the link is ready.
	read(p []byte) ([]byte, error)
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
	// settle takes back what the system does with the descriptor; unsettle goes on.
	settle()
	unsettle()
	// detach gives the descriptor away, and bytes that have come. It is settled.
	detach() (nc net.Conn, unread []byte, err error)
}

// errAgain says that a link has nothing to read, or no room to write.
var errAgain = errors.New("again")
