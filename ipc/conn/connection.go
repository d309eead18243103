package conn

import (
	"context"
	"errors"
	"os"
	"syscall"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A Connection carries messages, whole and in order, to the process or goroutine at
// its other end. Make one with [Pipe], [OneWayPipe], [Dial], [Listener.Accept] or
// [FileConnection]; end it with Close. All methods are safe for concurrent use: any
// number of goroutines may send and receive, and each message goes to one of them.
//
// Messages are bytes ([Connection.SendBytes]), Go values ([Send], [Recv]) or open files
// ([Connection.SendFile]). The bytes on the way are those of Python's
// multiprocessing.connection: a Python process can be the other end for bytes.
//
// A Connection travels inside arguments and results of functions of package ipc. The
// process that receives it gets a connection to the same other end. Nothing may have been
// received on it before; the caller still closes its own.
//
// ("multiprocessing.connection.Connection")
type Connection struct {
	file     *os.File // in the poller
	raw      syscall.RawConn
	flow     *fds.Flow // of messages without files
	socket   bool      // can carry files
	readable bool
	writable bool
	limit    int

	sending   chan struct{} // of capacity 1, taken by the goroutine that sends
	receiving chan struct{} // of capacity 1, taken by the goroutine that receives

	in inbound // guarded by receiving
}

// newConnection makes a connection of f, whose descriptor does not block.
func newConnection(f *os.File, is fds.Stream, o Options) (*Connection, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Connection{
		file: f, raw: raw, flow: fds.NewFlow(raw, is), socket: is.Socket, readable: is.Readable, writable: is.Writable, limit: o.MaxMessage,
		sending: make(chan struct{}, 1), receiving: make(chan struct{}, 1),
	}, nil
}

// duplex is what both ends of a socket are.
var duplex = fds.Stream{Socket: true, Readable: true, Writable: true}

// Close closes this end. Calls that wait on it fail with an error matching [ErrClosed],
// as all later ones do. The other end receives what was sent, then io.EOF. What was
// received here and not taken is dropped, and files in it are closed. Close may be
// called again; the error is always nil.
func (c *Connection) Close() error {
	c.mustBeMade()
	c.file.Close()
	c.receiving <- struct{}{} // no goroutine blocks with it any more
	c.end()
	leave(c.receiving)
	return nil
}

// end closes the connection and drops what was received and not taken. The caller has
// receiving.
func (c *Connection) end() {
	c.file.Close()
	c.in.drop()
}

// Poll blocks until there is something to receive: a message, the beginning of one, or
// the end of the connection. Another goroutine may still take that message. Poll also
// waits while another goroutine receives. When ctx ends first, the error is its cause;
// other errors are [ErrOneWay], and one matching [ErrClosed] after Close.
//
// ("multiprocessing.connection.Connection.poll")
func (c *Connection) Poll(ctx context.Context) error {
	c.mustBeMade()
	if err := enter(ctx, c.receiving, c.readable); err != nil {
		return err
	}
	defer leave(c.receiving)
	if c.in.begun() {
		return nil
	}
	defer fds.Interrupt(ctx, c.file.SetReadDeadline)()
	return failed(ctx, fds.RawError(c.raw.Read(fds.InputWaits)))
}

// mustBeMade panics for the zero value.
func (c *Connection) mustBeMade() {
	if c.file == nil {
		panic("conn: Connection not made by Pipe, OneWayPipe, Dial, Listener.Accept or FileConnection")
	}
}

// enter takes a side of a connection. able says whether the connection has it.
func enter(ctx context.Context, side chan struct{}, able bool) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !able:
		return ErrOneWay
	}
	select {
	case side <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// leave gives back what enter took.
func leave(side chan struct{}) { <-side }

// failed returns what an error of the descriptor means to the caller: the end of ctx,
// or of the connection on this side.
func failed(ctx context.Context, err error) error {
	if err = fds.Cause(ctx, err); errors.Is(err, os.ErrClosed) {
		return errClosed
	}
	return err
}
