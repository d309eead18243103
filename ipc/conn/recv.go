package conn

import (
	"context"
	"fmt"
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// Recv receives a value that [Send] of the same type sent. It blocks and fails as
// [Connection.RecvBytes] does. A message that cannot be a T is taken, and the error says
// why. Recv panics if T holds something that cannot travel.
func Recv[T any](ctx context.Context, c *Connection) (T, error) {
	codec := codecOf[T]("Recv")
	data, err := c.RecvBytes(ctx)
	if err != nil {
		return *new(T), err
	}
	v, err := codec.Decode(data)
	if err != nil {
		return v, fmt.Errorf("conn: Recv: %w", err)
	}
	return v, nil
}

// RecvBytes receives a message, which is the caller's. It blocks until there is one, and
// while other goroutines receive. When ctx ends first the error is its cause, and
// nothing is lost: what has come of a message is kept for the next call.
//
// At the end of the connection the error is io.EOF, or io.ErrUnexpectedEOF in the middle
// of a message. A message beyond MaxMessage gives a [*TooLargeError] and closes the
// connection. Memory is allocated as the message comes, not as its length is announced.
// A file that comes where bytes are expected is closed, and its name received. Other
// errors are [ErrOneWay], one matching [ErrClosed] after Close, and syscall.ECONNRESET.
func (c *Connection) RecvBytes(ctx context.Context) ([]byte, error) {
	data, f, err := c.recv(ctx)
	if f != nil {
		f.Close()
	}
	return data, err
}

// RecvFile receives a file that [Connection.SendFile] sent; the caller closes it. A
// message of another kind is taken, and the error matches [ErrNoFile]. Otherwise
// RecvFile blocks and fails as [Connection.RecvBytes] does.
func (c *Connection) RecvFile(ctx context.Context) (*os.File, error) {
	data, f, err := c.recv(ctx)
	if err == nil && f == nil {
		err = fmt.Errorf("%w but has %d bytes", ErrNoFile, len(data))
	}
	return f, err
}

// recv receives a message, and the file that came with it.
func (c *Connection) recv(ctx context.Context) ([]byte, *os.File, error) {
	c.mustBeMade()
	if err := enter(ctx, c.receiving, c.readable); err != nil {
		return nil, nil, err
	}
	defer leave(c.receiving)
	err := c.complete(ctx)
	if err == fds.ErrNotNow { // else there is nothing to interrupt
		err = c.await(ctx)
	}
	if err != nil {
		return nil, nil, failed(ctx, c.in.midMessage(err))
	}
	data, kind := c.in.take()
	if kind != filesMessage {
		return data, nil, nil
	}
	f := c.in.files.Take(string(data))
	if f == nil {
		c.end()
		return nil, nil, fmt.Errorf("conn: a file was announced and has not come: the connection is closed")
	}
	return data, f, nil
}

// await waits until there is a whole message, or until the end of ctx.
func (c *Connection) await(ctx context.Context) error {
	defer fds.Interrupt(ctx, c.file.SetReadDeadline)()
	for {
		if err := c.flow.AwaitInput(); err != nil {
			return err
		}
		if err := c.complete(ctx); err != fds.ErrNotNow {
			return err
		}
	}
}
