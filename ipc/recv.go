package ipc

import (
	"context"
	"fmt"
	"math"
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// RecvBytes receives a message, which is the caller's. It blocks until there is
// one. When ctx ends first, nothing is lost: what has come of a message is kept for
// the next who receives.
//
// At the end of the connection the error is io.EOF, or io.ErrUnexpectedEOF in the
// middle of a message. A message beyond MaxMessage gives a [*TooLargeError] and
// closes the connection; memory is allocated as the message comes, not as it is
// announced. A file that comes where bytes are expected is closed, and its name
// received. Other errors are [ErrOneWay], fs.ErrClosed and syscall.ECONNRESET.
func (c *Connection) RecvBytes(ctx context.Context) ([]byte, error) {
	data, f, err := c.recv(ctx)
	if f != nil {
		f.Close()
	}
	return data, err
}

// RecvFile receives a file that [Connection.SendFile] sent; the caller closes it.
// A message of another kind is taken, and gives an error that errors.Is finds
// [ErrNoFile] in. Everything else is as in [Connection.RecvBytes].
func (c *Connection) RecvFile(ctx context.Context) (*os.File, error) {
	data, f, err := c.recv(ctx)
	if err == nil && f == nil {
		err = fmt.Errorf("%w but has %d bytes", ErrNoFile, len(data))
	}
	return f, err
}

// recv receives a message, and the file that came with it.
func (c *Connection) recv(ctx context.Context) ([]byte, *os.File, error) {
	if err := c.enter(ctx, c.receiving, c.readable); err != nil {
		return nil, nil, err
	}
	defer leave(c.receiving)
	if !c.arrived() { // else there is nothing to interrupt
		defer fds.Interrupt(ctx, c.file.SetReadDeadline)()
	}
	if err := c.complete(); err != nil {
		return nil, nil, fds.Cause(ctx, c.midMessage(err))
	}
	data, kind := c.body, c.kind
	c.kind, c.size, c.body = noMessage, 0, nil
	if kind != filesMessage {
		return data, nil, nil
	}
	f := c.files.Take(string(data))
	if f == nil {
		c.end()
		return nil, nil, fmt.Errorf("ipc: a file was announced and has not come: the connection is closed")
	}
	return data, f, nil
}

const recvBuffer = 16 << 10

// arrived reports whether the next message is in c.buf, so that nothing needs to be
// read for it. It may be there and not be recognized, if it came in pieces.
func (c *Connection) arrived() bool {
	if len(c.head) > 0 || c.kind != noMessage {
		return false
	}
	kind, size, needs := parseHead(c.buf)
	return kind != noMessage && size <= uint64(len(c.buf)-needs)
}

// complete reads until there is a whole message in c.body. It can be called again
// after an error.
func (c *Connection) complete() error {
	for c.kind == noMessage {
		kind, size, needs := parseHead(c.head)
		if kind == noMessage {
			if err := c.fill(); err != nil {
				return err
			}
			n := min(len(c.buf), needs-len(c.head))
			c.head, c.buf = append(c.head, c.buf[:n]...), c.buf[n:]
			continue
		}
		limit := uint64(c.limit)
		if kind == filesMessage {
			limit = maxFileName
		}
		if size > limit {
			c.end()
			return &TooLargeError{Func: "Connection", What: "message", Size: int(min(size, math.MaxInt)), Limit: int(limit)}
		}
		c.kind, c.size = kind, int(size)
		c.head, c.body = c.head[:0], make([]byte, 0, min(c.size, bodyStep))
	}
	for len(c.body) < c.size {
		rest := c.size - len(c.body)
		if len(c.buf) == 0 && rest >= recvBuffer {
			if err := c.readBody(rest); err != nil {
				return err
			}
			continue
		}
		if err := c.fill(); err != nil {
			return err
		}
		n := min(len(c.buf), rest)
		c.body, c.buf = append(c.body, c.buf[:n]...), c.buf[n:]
	}
	return nil
}

// fill sees to it that something is in c.buf.
func (c *Connection) fill() error {
	if len(c.buf) > 0 {
		return nil
	}
	if c.space == nil {
		c.space = make([]byte, recvBuffer)
	}
	n, err := c.read(c.space)
	c.buf = c.space[:n]
	return err
}

// readBody reads some of the next rest bytes straight into c.body.
func (c *Connection) readBody(rest int) error {
	if len(c.body) == cap(c.body) {
		grown := make([]byte, len(c.body), len(c.body)+min(rest, len(c.body)))
		copy(grown, c.body)
		c.body = grown
	}
	n, err := c.read(c.body[len(c.body):min(cap(c.body), len(c.body)+rest)])
	c.body = c.body[:len(c.body)+n]
	return err
}

// read reads at least a byte. Files that come along are put with the others.
func (c *Connection) read(p []byte) (n int, err error) {
	if !c.socket {
		return c.file.Read(p)
	}
	if n, err = fds.Read(c.raw, p, &c.files, 4); err == fds.ErrTooMany {
		c.end()
	}
	return n, err
}
