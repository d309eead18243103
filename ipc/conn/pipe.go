package conn

import (
	"fmt"
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// Pipe returns two connections that are each other's ends: what is sent on one is
// received on the other, both ways. No process that this one starts inherits them; hand
// the File of one over, or send it. The caller closes both. It does not block. At most
// one Options may be given; AuthKey has no meaning here.
//
// The error says that the process has no descriptors left, for example. It matches
// errors.ErrUnsupported on systems that are not Unix.
//
// ("multiprocessing.Pipe")
func Pipe(options ...Options) (*Connection, *Connection, error) {
	o := optionsOf("Pipe", options)
	f, g, err := fds.SocketPair("pipe")
	if err != nil {
		return nil, nil, err
	}
	return pair(f, duplex, g, duplex, o)
}

// OneWayPipe returns a connection that only receives what is sent on the other, which
// only sends. It is cheaper than a [Pipe], and cannot carry files. Everything else is as
// there.
//
// ("multiprocessing.Pipe(duplex=False)")
func OneWayPipe(options ...Options) (receiver, sender *Connection, err error) {
	o := optionsOf("OneWayPipe", options)
	r, w, err := fds.Pipe()
	if err != nil {
		return nil, nil, err
	}
	return pair(r, fds.Stream{Pipe: true, Readable: true}, w, fds.Stream{Pipe: true, Writable: true}, o)
}

// pair makes connections of two ends, which it takes.
func pair(f *os.File, isF fds.Stream, g *os.File, isG fds.Stream, o Options) (a, b *Connection, err error) {
	if a, err = newConnection(f, isF, o); err == nil {
		b, err = newConnection(g, isG, o)
	}
	if err != nil {
		fds.CloseAll([]*os.File{f, g})
		return nil, nil, err
	}
	return a, b, nil
}

// FileConnection returns a connection over f, a stream socket or an end of a pipe that
// was handed over to this process. It duplicates the descriptor: the caller still closes
// f. Reads and writes of everything that shares f do not block any more. At most one
// Options may be given; AuthKey has no meaning here.
//
// The error matches fs.ErrInvalid if f is neither a socket nor a pipe, fs.ErrClosed if
// it is closed, and errors.ErrUnsupported on systems that are not Unix.
func FileConnection(f *os.File, options ...Options) (*Connection, error) {
	o := optionsOf("FileConnection", options)
	own, is, err := fds.DuplicateStream(f)
	if err != nil {
		return nil, err
	}
	if !is.Socket && !is.Pipe {
		own.Close()
		return nil, fmt.Errorf("conn: FileConnection: %s is neither a socket nor a pipe: %w", f.Name(), os.ErrInvalid)
	}
	return newConnection(own, is, o)
}

// File returns a duplicate of the connection's descriptor, to be handed to another
// process, which makes a connection of it by [FileConnection]. The caller closes it.
// What was received here and not taken does not go with it: hand it over before anything
// is received here. After Close the error matches [ErrClosed].
func (c *Connection) File() (*os.File, error) {
	c.mustBeMade()
	f, _, err := fds.DuplicateStream(c.file)
	if err == os.ErrClosed {
		err = errClosed
	}
	return f, err
}
