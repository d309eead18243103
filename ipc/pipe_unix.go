//go:build unix

package ipc

import (
	"fmt"
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// Pipe returns two connections that are each other's ends: what is sent on one is
// received on the other, both ways. Neither is inherited by processes that this one
// starts; hand the File of one over, or send it. The caller closes both. At most
// one ConnectionOptions may be given; AuthKey has no meaning here.
//
// ("multiprocessing.Pipe")
func Pipe(options ...ConnectionOptions) (*Connection, *Connection, error) {
	o := connectionOptions("Pipe", options)
	f, g, err := fds.SocketPair("pipe")
	if err != nil {
		return nil, nil, err
	}
	a, err := newConnection(f, true, true, true, o)
	if err != nil {
		return nil, nil, err
	}
	b, err := newConnection(g, true, true, true, o)
	if err != nil {
		return nil, nil, err
	}
	return a, b, nil
}

// OneWayPipe returns a connection that only receives what is sent on the other, which
// only sends. It is cheaper than a [Pipe], and cannot carry files. Everything else is
// as there. ("multiprocessing.Pipe(duplex=False)")
func OneWayPipe(options ...ConnectionOptions) (receiver, sender *Connection, err error) {
	o := connectionOptions("OneWayPipe", options)
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	if receiver, err = newConnection(r, false, true, false, o); err != nil {
		return nil, nil, err
	}
	sender, err = newConnection(w, false, false, true, o)
	return receiver, sender, err
}

// FileConnection returns a connection over f, a stream socket or an end of a pipe,
// which somebody has handed over. It duplicates the descriptor: the caller still has
// to close f, and whoever shares it finds that reads and writes do not block any
// more. At most one ConnectionOptions may be given; AuthKey has no meaning here.
func FileConnection(f *os.File, options ...ConnectionOptions) (*Connection, error) {
	o := connectionOptions("FileConnection", options)
	own, is, err := fds.DuplicateStream(f)
	if err != nil {
		return nil, err
	}
	if !is.Socket && !is.Pipe {
		own.Close()
		return nil, fmt.Errorf("ipc: FileConnection: %s is neither a socket nor a pipe: %w", f.Name(), os.ErrInvalid)
	}
	return newConnection(own, is.Socket, is.Readable, is.Writable, o)
}

// File returns a duplicate of the connection's descriptor, to be handed to another
// process, which makes a connection of it by [FileConnection]. The caller closes it.
// It shares what was received and not yet taken with nobody: hand it over before
// anything is received here.
func (c *Connection) File() (*os.File, error) {
	f, _, err := fds.DuplicateStream(c.file)
	return f, err
}
