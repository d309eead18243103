//go:build unix && !aix

package ack

import (
	"io"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// A client is a connection and what it is still owed of an answer. While it is, no more is
// received: a client that reads no answers cannot send for ever.
type client struct {
	fd    int
	token poll.Token
	want  poll.Events
	owed  []byte
	chunk [1024]byte
}

// step receives a chunk, if no answer is owed, and answers it. It returns what the client
// waits for then. The error is EAGAIN if it would block, and io.EOF at the end.
func (c *client) step() (want poll.Events, err error) {
	if len(c.owed) == 0 {
		n, err := unix.Read(c.fd, c.chunk[:])
		switch {
		case err != nil:
			return poll.Readable, err
		case n == 0:
			return 0, io.EOF
		}
		c.owed = append(c.owed[:0], "ACK"...)
	}
	n, err := unix.Write(c.fd, c.owed)
	if err != nil {
		return poll.Writable, err
	}
	if c.owed = c.owed[n:]; len(c.owed) > 0 {
		return poll.Writable, unix.EAGAIN
	}
	return poll.Readable, nil
}
