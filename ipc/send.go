package ipc

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// SendBytes sends a message, which may be empty. It blocks while the other end has
// not received enough of what was sent before: some 200 kB on Linux.
//
// When ctx ends before anything of the message was sent, nothing will be; when it
// ends halfway the connection is of no use any more and is closed, the error says
// so, and the other end gets io.ErrUnexpectedEOF. The error is a [*TooLargeError]
// for a message beyond MaxMessage, [ErrOneWay], fs.ErrClosed after Close, and
// syscall.EPIPE or ECONNRESET when the other end is gone.
func (c *Connection) SendBytes(ctx context.Context, data []byte) error {
	return c.send(ctx, data, nil)
}

// SendFile sends an open file: a regular one, a pipe, a socket. The other end gets
// a descriptor of its own, with the same position in the same open file; f may be
// closed as soon as SendFile has returned. Only what sockets connect can carry
// files: [Pipe], [Dial] and [Listener], not [OneWayPipe]. Everything else is as in
// [Connection.SendBytes]; the name of f is the message.
//
// ("multiprocessing.reduction.send_handle")
func (c *Connection) SendFile(ctx context.Context, f *os.File) error {
	if !c.socket {
		return fmt.Errorf("ipc: SendFile: %w: a pipe carries no files", errors.ErrUnsupported)
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	name := f.Name()
	err = raw.Control(func(fd uintptr) { // f is not closed meanwhile
		sent = c.send(ctx, []byte(name[:min(len(name), maxFileName)]), []int{int(fd)})
	})
	if err != nil {
		return fds.RawError(err)
	}
	return sent
}

const maxFileName = 4096

// send sends one message, with the descriptors of at most one file.
func (c *Connection) send(ctx context.Context, data []byte, rights []int) error {
	if len(data) > c.limit {
		return &TooLargeError{Func: "Connection", What: "message", Size: len(data), Limit: c.limit}
	}
	if err := c.enter(ctx, c.sending, c.writable); err != nil {
		return err
	}
	defer leave(c.sending)
	defer fds.Interrupt(ctx, c.file.SetWriteDeadline)()

	buf := buffers.Get().(*[]byte)
	message := appendHead((*buf)[:0], len(data), rights != nil)
	rest := data
	if len(data) <= keepBuffer {
		message, rest = append(message, data...), nil
	}
	var n int
	var err error
	if rights != nil {
		n, err = fds.Write(c.file, c.raw, message, rights)
	} else {
		n, err = c.file.Write(message)
	}
	recycle(buf, message)
	if err == nil && len(rest) > 0 {
		var m int
		m, err = c.file.Write(rest)
		n += m
	}
	switch {
	case err == nil:
		return nil
	case n == 0:
		return fds.Cause(ctx, err)
	}
	c.file.Close()
	return fmt.Errorf("ipc: the message was cut off after %d of its bytes, and the connection closed: %w", n, fds.Cause(ctx, err))
}
