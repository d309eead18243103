package ws

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"math"

	"github.com/fanfold/fanfold/netx/ws/internal/deflate"
)

// Read returns the next message, which is valid until the next Read or Reader. It blocks
// until all of the message has come, and answers pings meanwhile. One goroutine reads at a
// time.
//
// When ctx ends first, the error is its cause and nothing is lost: the next Read goes on
// where this one has stopped. When ctx is one of netx.Draining and ends since the server
// shuts down, Read first returns the messages that have come, and one that has begun to come.
//
// The other errors are final. When the other side has closed the connection it is a
// [*CloseError]; a message that is too large is a [*TooLargeError]. For these, and for what
// is against the protocol, Read tells the other side the reason and closes the connection,
// which takes up to 5 s if the other side does not answer.
//
// An unmasked message of up to 16 KiB is not copied. A larger one lies in memory that grows
// as its bytes come, whatever its header announces. While Read waits for a message it holds
// no buffer.
func (c *Conn) Read(ctx context.Context) (Message, error) {
	if err := c.enter(ctx); err != nil {
		return Message{}, err
	}
	defer c.leave()
	if in := &c.in; in.kind == 0 && in.r == in.w {
		// It waits here, where a goroutine needs the least stack.
		in.release()
		if _, err := c.receive(ctx, nil); err != nil {
			return Message{}, err
		}
	}
	return c.read(ctx)
}

// All returns the messages that come, until ctx ends or the connection does. The error comes
// last, with a zero Message. There is none if the other side has closed with [Normal] or
// [GoingAway] or without a code.
func (c *Conn) All(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			msg, err := c.Read(ctx)
			if err != nil {
				if !ordinary(err) {
					yield(Message{}, err)
				}
				return
			}
			if !yield(msg, nil) {
				return
			}
		}
	}
}

// ordinary reports whether err says that the other side has closed without a complaint.
func ordinary(err error) bool {
	e, ok := errors.AsType[*CloseError](err)
	return ok && e.Remote && (e.Code == Normal || e.Code == GoingAway || e.Code == NoStatus)
}

// enter takes reading, and takes back what the last Read has returned.
func (c *Conn) enter(ctx context.Context) error {
	if !c.reading.TryLock() {
		if err := c.reading.LockContext(ctx); err != nil {
			return err
		}
	}
	err := c.over()
	if err == nil && ctx.Err() != nil && !c.in.draining(ctx) {
		err = context.Cause(ctx)
	}
	if err != nil {
		c.leave()
		return err
	}
	c.in.reclaim()
	return nil
}

// leave gives reading back.
func (c *Conn) leave() {
	if c.ended.Load() {
		c.in.drop()
	}
	c.reading.Unlock()
	if c.ended.Load() && c.reading.TryLock() { // it has ended in between
		c.in.drop()
		c.reading.Unlock()
	}
}

// read receives the next message, or the rest of the one that has begun.
func (c *Conn) read(ctx context.Context) (Message, error) {
	in := &c.in
	if in.streaming {
		if err := c.skip(ctx); err != nil {
			return Message{}, err
		}
	}
	if in.kind == 0 {
		if err := c.nextFrame(ctx); err != nil {
			return Message{}, err
		}
	}
	kind := in.kind
	data, err := c.inPlace(ctx)
	if err == errNotInPlace {
		data, err = c.collect(ctx)
	}
	if err != nil {
		return Message{}, err
	}
	if in.packed {
		if data, err = c.inflate(kind, data); err != nil {
			return Message{}, c.fail(err)
		}
	}
	in.lent = true
	return Message{kind, data}, nil
}

var errNotInPlace = errors.New("ws: the message does not fit into the buffer")

// inPlace receives a message that is one frame and fits into the buffer.
func (c *Conn) inPlace(ctx context.Context) ([]byte, error) {
	in := &c.in
	if !in.last || in.rest > bufferSize || len(in.msg) > 0 {
		return nil, errNotInPlace
	}
	for {
		n := min(in.w-in.r, in.rest)
		if in.buf != nil {
			if err := in.reveal(in.buf[in.r+in.ready : in.r+n]); err != nil {
				return nil, c.fail(err)
			}
		}
		if in.ready = n; n == in.rest {
			break
		}
		if err := c.need(ctx, n+1, in.rest); err != nil {
			return nil, err
		}
	}
	var data []byte
	if in.rest > 0 {
		data = in.buf[in.r : in.r+in.rest : in.r+in.rest]
	}
	in.r += in.rest
	in.rest, in.ready = 0, 0
	if err := in.complete(); err != nil {
		return nil, c.fail(err)
	}
	return data, nil
}

// collect receives a message in memory of its own.
func (c *Conn) collect(ctx context.Context) ([]byte, error) {
	in := &c.in
	for {
		if len(in.msg) == cap(in.msg) && in.rest > 0 {
			in.msg = grow(in.msg, in.size)
		}
		n, err := c.payload(ctx, in.msg[len(in.msg):cap(in.msg)])
		in.msg = in.msg[:len(in.msg)+n]
		if err != nil {
			return nil, err
		}
		if in.kind == 0 {
			return in.msg, nil
		}
	}
}

// payload receives bytes of the message that has begun, without their mask, and checked. It
// returns some, or the end of the message, after which kind is 0. p may be empty when
// nothing is left of the frame.
func (c *Conn) payload(ctx context.Context, p []byte) (n int, err error) {
	in := &c.in
	for in.rest == 0 {
		if in.last {
			if err := in.complete(); err != nil {
				return 0, c.fail(err)
			}
			return 0, nil
		}
		if err := c.nextFrame(ctx); err != nil {
			return 0, err
		}
		if len(p) == 0 {
			return 0, nil
		}
	}
	p = p[:min(len(p), in.rest)]
	if in.r == in.w && len(p) < bufferSize/4 {
		if err := c.fill(ctx, in.rest); err != nil {
			return 0, err
		}
	}
	ready := in.ready // without the mask already
	if in.r < in.w {
		n = copy(p, in.buf[in.r:in.w])
		in.r += n
	} else {
		in.release()
		if n, err = c.receive(ctx, p); err != nil {
			return 0, err
		}
	}
	in.rest -= n
	in.ready = max(ready-n, 0)
	if ready < n {
		if err := in.reveal(p[ready:n]); err != nil {
			return 0, c.fail(err)
		}
	}
	return n, nil
}

// inflate returns a compressed message as it was, in memory of its own.
func (c *Conn) inflate(kind Kind, packed []byte) ([]byte, error) {
	in := &c.in
	limit := c.options.MaxMessage
	data, err := deflate.Inflate(nil, bytes.NewReader(packed), limit, func(b []byte) []byte {
		return grow(b, cap(b)+1)
	})
	in.discard()
	in.msg = data
	switch {
	case err == deflate.ErrLimit:
		return nil, &TooLargeError{Size: min(limit, math.MaxInt-1) + 1, Limit: limit}
	case err != nil:
		return nil, &violation{InvalidData, "a message cannot be inflated: " + err.Error()}
	case kind == Text && (!in.text.Write(data) || !in.text.Complete()):
		return nil, errText
	}
	return data, nil
}
