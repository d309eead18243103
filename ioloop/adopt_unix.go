//go:build unix && !aix

package ioloop

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Adopt makes a connection of c, which is a net.Conn or an *os.File, and calls open for
// its handler. It takes c over and closes it: the connection has a duplicate of its
// descriptor. Any stream will do: a socket, a pipe, a terminal, a serial line. Standard
// input, output and error are not closed. What was read from c before goes into
// [Conn.Unread]. A file that blocks does not while the connection lasts, for all that
// share it.
//
// It returns nil and no error if open refuses. The errors are those of the poller, and
// errors.ErrUnsupported for a socket of datagrams or one that listens. c is the caller's
// then. Adopt is for callbacks. Python: connect_read_pipe, connect_accepted_socket.
func (l *Loop) Adopt(c syscall.Conn, open func(*Conn) *Handler, options ...ConnOptions) (*Conn, error) {
	l.check("Adopt")
	if open == nil {
		panic("ioloop: Adopt with a nil function")
	}
	o := connOptions("Adopt", options)
	if l.isClosed() {
		return nil, ErrClosed
	}
	k, own, err := adopt(c)
	if err != nil {
		return nil, fmt.Errorf("ioloop: Adopt: %w", err)
	}
	if own > 2 {
		c.(io.Closer).Close()
	}
	return l.start(l.newLink(k), o, nil, open), nil
}

// adopt returns a link over a duplicate of c's descriptor, and the number of c's own.
func adopt(c syscall.Conn) (k *fdLink, own int, err error) {
	if _, ok := c.(io.Closer); !ok {
		return nil, -1, fmt.Errorf("a %T cannot be closed", c)
	}
	fd, own, err := duplicate(c)
	if err != nil {
		return nil, own, err
	}
	if err = streams(fd); err == nil {
		k, err = newFDLink(fd)
	}
	if err != nil {
		unix.Close(fd)
	}
	return k, own, err
}

// streams returns an error for a socket that carries no stream.
func streams(fd int) error {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err == nil && kind != unix.SOCK_STREAM {
		return fmt.Errorf("%w: the socket keeps messages apart", errors.ErrUnsupported)
	}
	if listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err == nil && listens != 0 {
		return fmt.Errorf("%w: the socket listens", errors.ErrUnsupported)
	}
	return nil // also for what is no socket
}

// adoptDialed makes a connection of what net has dialed.
func (l *Loop) adoptDialed(nc net.Conn, o *ConnOptions, open func(*Conn, error) *Handler) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		nc.Close()
		l.refuse(open, fmt.Errorf("ioloop: Connect: a %T has no descriptor", nc))
		return
	}
	k, _, err := adopt(sc)
	nc.Close()
	if err != nil {
		l.refuse(open, fmt.Errorf("ioloop: Connect: %w", err))
		return
	}
	l.start(l.newLink(k), o, nil, func(c *Conn) *Handler { return open(c, nil) })
}
