package conn

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/fanfold/fanfold/internal/chain"
	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// Send sends v. It is encoded as an argument of an ipc.Function is; interfaces within it
// may hold basic types, and there are no files in it. Send blocks and fails as
// [Connection.SendBytes] does. It panics if T holds something that cannot travel, with a
// text that names the field.
func Send[T any](ctx context.Context, c *Connection, v T) error {
	data, err := codecOf[T]("Send").AppendOn(nil, v, wire.Terms{Ctx: ctx, Limit: c.limit})
	if large, ok := err.(*TooLargeError); ok {
		large.Func, large.What = "Connection", "message"
		return large
	}
	if err != nil && ctx.Err() != nil && chain.Is(err, context.Cause(ctx)) {
		return err
	}
	if err != nil {
		if e, ok := err.(*EncodeError); ok && e.Type != nil {
			return fmt.Errorf("conn: Send: %w; give it to Send as a %v, or a field of that type", err, e.Type)
		}
		return fmt.Errorf("conn: Send: %w", err)
	}
	return c.SendBytes(ctx, data)
}

// SendBytes sends a message, which may be empty. It blocks while the other end has not
// received enough of what was sent before: some 200 kB on Linux. It does not keep data.
//
// When ctx ends before anything of the message was sent, nothing of it will be, and the
// error is the cause of ctx. When ctx ends in the middle of the message, the connection
// is of no use any more: SendBytes closes it, the error says so, and the other end gets
// io.ErrUnexpectedEOF.
//
// Other errors are a [*TooLargeError] for a message beyond MaxMessage, [ErrOneWay], one
// matching [ErrClosed] after Close, and syscall.EPIPE or ECONNRESET when the other end
// is gone.
func (c *Connection) SendBytes(ctx context.Context, data []byte) error {
	return c.send(ctx, data, nil)
}

// SendFile sends an open file: a regular one, a pipe, a socket. The other end gets a
// descriptor of its own, with the same position in the same open file; f may be closed
// as soon as SendFile has returned. The name of f, at most 4,096 bytes of it, is the
// message.
//
// SendFile blocks and fails as [Connection.SendBytes] does. Only sockets carry files:
// connections of [Pipe], [Dial] and [Listener]. On those of [OneWayPipe] the error
// matches errors.ErrUnsupported. When f is closed it matches fs.ErrClosed.
//
// ("multiprocessing.reduction.send_handle")
func (c *Connection) SendFile(ctx context.Context, f *os.File) error {
	c.mustBeMade()
	if !c.socket {
		return fmt.Errorf("conn: SendFile: %w: a pipe carries no files", errors.ErrUnsupported)
	}
	return fds.With([]*os.File{f}, func(rights []int) error {
		name := f.Name()
		return c.send(ctx, []byte(name[:min(len(name), maxFileName)]), rights)
	})
}

const maxFileName = 4096

// send sends one message, with the descriptors of at most one file.
func (c *Connection) send(ctx context.Context, data []byte, rights []int) error {
	c.mustBeMade()
	if len(data) > c.limit {
		return &TooLargeError{Func: "Connection", What: "message", Size: len(data), Limit: c.limit}
	}
	if err := enter(ctx, c.sending, c.writable); err != nil {
		return err
	}
	defer leave(c.sending)
	n, err := c.write(ctx, data, rights)
	switch {
	case err == nil:
		return nil
	case n == 0:
		return failed(ctx, err)
	}
	c.file.Close()
	return fmt.Errorf("conn: the message was cut off after %d of its bytes, and the connection closed: %w", n, failed(ctx, err))
}

// write writes the head and the body of a message, and returns how many bytes of both it
// has written.
func (c *Connection) write(ctx context.Context, data []byte, rights []int) (n int, err error) {
	var space [maxHead]byte
	head := appendHead(space[:0], len(data), rights != nil)
	if rights != nil {
		defer fds.Interrupt(ctx, c.file.SetWriteDeadline)()
		return fds.Write(c.file, c.raw, append(head, data...), rights)
	}
	if n, err = c.writeNow(ctx, head, data); err != fds.ErrNotNow {
		return n, err
	}
	defer fds.Interrupt(ctx, c.file.SetWriteDeadline)()
	for {
		if err = c.flow.AwaitOutput(); err != nil {
			return n, err
		}
		var m int
		m, err = c.writeNow(ctx, head[min(n, len(head)):], data[max(n-len(head), 0):])
		if n += m; err != fds.ErrNotNow {
			return n, err
		}
	}
}

// writeNow writes head and body as long as there is room for more within a moment, both
// with one system call if there is room for both.
func (c *Connection) writeNow(ctx context.Context, head, body []byte) (n int, err error) {
	for {
		m, err := c.flow.Write(head, body)
		n += m
		switch left := len(head) + len(body) - m; {
		case err != nil || left == 0:
			return n, err
		case ctx.Err() != nil:
			return n, context.Cause(ctx)
		}
		head, body = head[min(m, len(head)):], body[max(m-len(head), 0):]
	}
}
