package ws

import (
	"context"
	"io"
	"math"

	"github.com/fanfold/fanfold/netx/ws/internal/deflate"
	"github.com/fanfold/fanfold/netx/ws/internal/text"
)

// Reader waits for the next message and returns its kind and a reader of its bytes, as they
// come, so that the message need not fit into memory. MaxMessage holds for it, too. The
// reader returns io.EOF at the end of the message. It may be dropped before: the next Read or
// Reader skips the rest.
//
// ctx is for all of the message. When it ends, the reader fails with its cause, and the
// connection goes on: the rest of the message is skipped. Other errors are those of
// [Conn.Read].
func (c *Conn) Reader(ctx context.Context) (Kind, io.Reader, error) {
	if err := c.enter(ctx); err != nil {
		return 0, nil, err
	}
	defer c.leave()
	in := &c.in
	if in.streaming {
		if err := c.skip(ctx); err != nil {
			return 0, nil, err
		}
	}
	if in.kind == 0 {
		if err := c.nextFrame(ctx); err != nil {
			return 0, nil, err
		}
	}
	in.streaming = true
	r := &reader{c: c, ctx: ctx, kind: in.kind, number: in.number}
	if in.packed {
		r.left = c.options.MaxMessage
		r.inflater = deflate.NewReader(readerFunc(r.raw))
	}
	return in.kind, r, nil
}

// skip receives the rest of the message that has begun, if there is one, and drops it. The
// caller has reading.
func (c *Conn) skip(ctx context.Context) error {
	in := &c.in
	for in.kind != 0 {
		switch {
		case in.rest > 0 && in.r == in.w:
			if err := c.fill(ctx, in.rest); err != nil {
				return err
			}
		case in.rest > 0:
			n := min(in.w-in.r, in.rest)
			in.r += n
			in.rest -= n
		case in.last:
			in.kind = 0
		default:
			if err := c.nextFrame(ctx); err != nil {
				return err
			}
		}
	}
	in.streaming = false
	in.discard()
	return nil
}

// A reader reads one message.
type reader struct {
	c        *Conn
	ctx      context.Context
	kind     Kind
	number   uint64
	inflater *deflate.Reader // nil for a message that is not compressed
	left     int             // of the limit, after inflation
	text     text.Checker    // after inflation
	err      error
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (r *reader) Read(p []byte) (n int, err error) {
	switch {
	case r.err != nil:
		return 0, r.err
	case len(p) == 0:
		return 0, nil
	case r.inflater != nil:
		n, err = r.inflate(p)
	default:
		n, err = r.raw(p)
	}
	if err != nil {
		r.err = err
		if r.inflater != nil {
			r.inflater.Close()
			r.inflater = nil
		}
	}
	return n, err
}

// raw reads bytes as they are in the frames, without their mask.
func (r *reader) raw(p []byte) (int, error) {
	c, in := r.c, &r.c.in
	if err := c.enter(r.ctx); err != nil {
		return 0, err
	}
	defer c.leave()
	if in.number != r.number || !in.streaming {
		return 0, errMessage
	}
	if in.taken < len(in.msg) { // a Read was canceled in the middle of the message
		n := copy(p, in.msg[in.taken:])
		in.taken += n
		return n, nil
	}
	n, err := c.payload(r.ctx, p)
	if err == nil && in.kind == 0 {
		in.streaming = false
		in.discard()
		err = io.EOF
	}
	return n, err
}

// inflate reads bytes of a message that is compressed.
func (r *reader) inflate(p []byte) (int, error) {
	limit := r.c.options.MaxMessage
	if r.left < len(p) {
		p = p[:r.left+1] // one more tells that the limit is passed
	}
	n, err := r.inflater.Read(p)
	switch {
	case n > r.left:
		return 0, r.fail(&TooLargeError{Size: min(limit, math.MaxInt-1) + 1, Limit: limit})
	case err != nil && err != io.EOF && r.inflater.Corrupt():
		return n, r.fail(&violation{InvalidData, "a message cannot be inflated: " + err.Error()})
	case r.kind == Text && (!r.text.Write(p[:n]) || err == io.EOF && !r.text.Complete()):
		return n, r.fail(errText)
	}
	r.left -= n
	return n, err
}

// fail ends the connection over what was found after inflation.
func (r *reader) fail(err error) error {
	if entered := r.c.enter(context.Background()); entered != nil {
		return entered
	}
	defer r.c.leave()
	return r.c.fail(err)
}
