//go:build unix && !aix

package ioloop

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Adopt makes a connection of c, which is a net.Conn or an *os.File, and calls open for its
// handler. It takes c over and closes it: the connection has a duplicate of its descriptor. Any
// stream will do: a socket, a pipe, a terminal, a serial line. Standard input, output and
// error are not closed. What was read from c before goes into [Conn.Unread]. A file that
// blocks does not while the connection lasts, for all that share it.
//
// It returns nil and no error if open refuses. The errors are those of the poller, and c
// is the caller's then. Adopt is for callbacks. Python: connect_read_pipe, connect_accepted_socket.
func (l *Loop) Adopt(c syscall.Conn, open func(*Conn) *Handler, options ...ConnOptions) (*Conn, error) {
	l.check("Adopt")
	if open == nil {
		panic("ioloop: Adopt with a nil function")
	}
	o := connOptions("Adopt", options)
	if l.isClosed() {
		return nil, ErrClosed
	}
	k, err := adopt(c)
	if err != nil {
		return nil, fmt.Errorf("ioloop: Adopt: %w", err)
	}
	if f, ok := c.(*os.File); !ok || f.Fd() > 2 {
		c.(io.Closer).Close()
	}
	return l.start(k, o, nil, func(c *Conn) { k.conn = c }, open), nil
}

// adopt returns a link over a duplicate of c's descriptor.
func adopt(c syscall.Conn) (*fdLink, error) {
	if _, ok := c.(io.Closer); !ok {
		return nil, fmt.Errorf("a %T cannot be closed", c)
	}
	fd, err := duplicate(c)
	if err != nil {
		return nil, err
	}
	k, err := newFDLink(fd)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return k, nil
}

// adoptDialed makes a connection of what net has dialed.
func (l *Loop) adoptDialed(nc net.Conn, o *ConnOptions, open func(*Conn, error) *Handler) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		nc.Close()
		l.refuse(open, fmt.Errorf("ioloop: Connect: a %T has no descriptor", nc))
		return
	}
	k, err := adopt(sc)
	nc.Close()
	if err != nil {
		l.refuse(open, fmt.Errorf("ioloop: Connect: %w", err))
		return
	}
	l.start(k, o, nil, func(c *Conn) { k.conn = c }, func(c *Conn) *Handler { return open(c, nil) })
}
