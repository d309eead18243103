package frame

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"os"

	"github.com/fanfold/fanfold/netx"
)

// slack is what a frame may be longer than its message, for codecs that do not say how
// much it is.
const slack = 4 << 10

// Read returns the next message. The slice is valid until the next Read. Read blocks until
// a message has come or ctx ends. Then it returns the cause, and nothing is lost: a later
// Read goes on where this one stopped. When no message has come, and Read is about to wait,
// it sends what [Conn.WriteBuffered] has taken.
//
// The error is io.EOF at the end of the stream, and io.ErrUnexpectedEOF if the stream ended
// inside a message. After a [*TooLargeError], [ErrMalformed] or an error of Split the
// connection is closed, since no next message can be found. All these errors are returned by
// later calls as well. A Read in place costs no allocation as long as ctx stays the same.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for {
		msg, ok, err := c.next()
		if ok || err != nil {
			return msg, err
		}
		if err := c.fill(ctx); err != nil {
			return nil, err
		}
	}
}

// All returns the messages until the end of the stream, each valid until the next one. It
// yields an error at most once, as the last pair: one of [Conn.Read], but not io.EOF.
func (c *Conn) All(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			msg, err := c.Read(ctx)
			if err == io.EOF {
				return
			}
			if !yield(msg, err) || err != nil {
				return
			}
		}
	}
}

// idleSplits is how often in a row a Split may return an empty message without advancing.
const idleSplits = 100

// next returns the next message that is in the buffer, if it is complete.
func (c *Conn) next() (msg []byte, ok bool, err error) {
	if c.readErr != nil {
		return nil, false, c.readErr
	}
	for idle := 0; idle < idleSplits; idle++ {
		data := c.buf[c.start:c.end]
		if len(data) == 0 && !c.eof {
			return nil, false, nil
		}
		if c.seen > 0 && !c.eof { // it was not complete before
			if more, err := c.wants(data); more || err != nil {
				return nil, false, err
			}
		}
		advance, token, err := c.codec.Split(data, c.eof)
		last := err == bufio.ErrFinalToken
		switch {
		case err != nil && !last:
			return nil, false, c.fail(err)
		case advance < 0:
			return nil, false, c.fail(bufio.ErrNegativeAdvance)
		case advance > len(data):
			return nil, false, c.fail(bufio.ErrAdvanceTooFar)
		}
		c.start += advance
		if advance > 0 {
			c.seen, idle = 0, 0
		}
		switch {
		case last:
			c.readErr = io.EOF
			if token == nil {
				return nil, false, io.EOF
			}
			return token, true, nil
		case len(token) > c.options.MaxMessage:
			return nil, false, c.fail(c.tooLarge(uint64(len(token))))
		case token != nil && (advance > 0 || !c.eof && len(token) > 0):
			return token, true, nil
		case token != nil && c.eof && len(data) == 0: // bufio.Scanner has it, too: one empty token at the end
			c.readErr = io.EOF
			return token, true, nil
		case advance > 0 || token != nil:
			continue
		case c.eof:
			c.readErr = io.EOF
			if len(data) > 0 {
				c.readErr = io.ErrUnexpectedEOF
			}
			return nil, false, c.readErr
		case c.codec.need == nil && len(data) > c.options.MaxMessage+slack:
			return nil, false, c.fail(c.tooLarge(uint64(len(data))))
		}
		_, err = c.wants(data)
		return nil, false, err
	}
	return nil, false, c.fail(io.ErrNoProgress)
}

// wants asks the codec whether a message that begins with data needs more bytes, and ends
// the reading if it is too long.
func (c *Conn) wants(data []byte) (more bool, err error) {
	if c.codec.need == nil {
		return false, nil
	}
	frame, size := c.codec.need(data, c.seen)
	if size > uint64(c.options.MaxMessage) {
		return false, c.fail(c.tooLarge(size))
	}
	if frame <= uint64(len(data)) {
		return false, nil
	}
	c.seen = len(data)
	return true, nil
}

func (c *Conn) tooLarge(size uint64) error {
	const most = int(^uint(0) >> 1)
	return &TooLargeError{Size: int(min(size, uint64(most))), Limit: c.options.MaxMessage}
}

// fail ends the reading with an error, and the connection with it.
func (c *Conn) fail(err error) error {
	c.readErr = err
	if !c.served {
		c.Close()
	}
	return err
}

// fill waits for more bytes.
func (c *Conn) fill(ctx context.Context) error {
	c.waiting.Store(true)
	defer c.waiting.Store(false)
	if err := c.kick(ctx); err != nil {
		return err
	}
	if err := c.readEnd.With(ctx); err != nil {
		return c.lost(ctx, err)
	}
	c.room()
	in, n, err := c.in.Read(c.target())
	return c.filled(ctx, in, n, err)
}

// target returns where bytes are to be read to, nil for a buffer that is still to be taken.
func (c *Conn) target() []byte {
	if c.buf == nil {
		return nil
	}
	return c.buf[c.end:]
}

// filled takes what a read into target has returned.
func (c *Conn) filled(ctx context.Context, in []byte, n int, err error) error {
	if c.buf == nil {
		c.buf, c.start, c.end = in, 0, 0
	}
	c.end += n
	if err == io.EOF {
		c.eof = true
		return nil
	}
	return c.lost(ctx, err)
}

// lost returns what Read returns for an error of the connection.
func (c *Conn) lost(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if interrupted(ctx, err) {
		return context.Cause(ctx)
	}
	return err
}

// interrupted reports whether err is that of the deadline by which ctx ends calls.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && err != netx.ErrIdle && errors.Is(err, os.ErrDeadlineExceeded)
}

// room makes room for bytes in the buffer, if there is one. A buffer without bytes is given
// back, and one that is full of one message is replaced by one of twice the size: it grows
// with the bytes that have come.
func (c *Conn) room() {
	switch {
	case c.buf == nil:
	case c.start == c.end:
		c.pool.put(c.buf)
		c.buf, c.start, c.end = nil, 0, 0
	case c.end < len(c.buf):
	case c.start > 0:
		c.end = copy(c.buf, c.buf[c.start:c.end])
		c.start = 0
	default:
		grown := make([]byte, 2*len(c.buf))
		copy(grown, c.buf)
		c.pool.put(c.buf)
		c.buf = grown
	}
}

// partial reports whether bytes of a message have come that is not complete. next has
// found no message.
func (c *Conn) partial() bool { return c.start < c.end }

// arrived reads what has come, and does not wait. It reports whether there was something.
func (c *Conn) arrived() (bool, error) {
	background := context.Background()
	if err := c.readEnd.With(background); err != nil {
		return false, err
	}
	c.room()
	in, n, err := c.in.Arrived(c.target())
	err = c.filled(background, in, n, err)
	return n > 0 || c.eof, err
}
