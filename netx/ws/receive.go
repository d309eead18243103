package ws

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/fanfold/fanfold/netx"
)

// lastLook is how long a connection is looked at before it is given up. Its deadline may
// have passed while no goroutine was reading.
const lastLook = 100 * time.Millisecond

// receive waits for bytes and reads them: into p, or if that is nil into the buffer, which
// is empty then. If ctx ends first nothing was read, and the error is its cause. The caller
// has reading.
func (c *Conn) receive(ctx context.Context, p []byte) (int, error) {
	in := &c.in
	for looked := false; ; {
		if in.watch.follow(c.sourceOf(ctx), in.conn, setRead) {
			in.armed = false
		}
		if !in.armed {
			c.arm(looked)
		}
		// What these tell of ends a wait that begins now, too: it set a deadline.
		if err := c.over(); err != nil && !in.closing {
			return 0, err
		}
		if ctx.Err() != nil {
			if !in.draining(ctx) {
				return 0, context.Cause(ctx)
			}
			ctx = context.Background() // the other side sees to the end, or the server cuts
			continue
		}
		n, err := in.readOnce(p)
		if n > 0 {
			in.heard()
			return n, nil
		}
		switch {
		case err == nil:
		case timedOut(err):
			in.armed = false
			if ctx.Err() == nil && (c.over() == nil || in.closing) && !c.patient(&looked) {
				return 0, c.end(ErrPong)
			}
		default:
			return 0, c.lost(err)
		}
	}
}

// draining reports whether ctx has ended since its server shuts down, while bytes of a
// message have come. Such a message is received to its end.
func (in *input) draining(ctx context.Context) bool {
	return (in.kind != 0 || in.r < in.w) && errors.Is(context.Cause(ctx), netx.ErrDraining)
}

// readOnce reads once.
func (in *input) readOnce(p []byte) (n int, err error) {
	if in.direct != nil {
		var buf *buffer
		buf, n, err = in.direct.receive(p)
		if buf != nil {
			in.buf, in.r, in.w = buf, 0, n
		}
		return n, err
	}
	if p != nil {
		return in.conn.Read(p)
	}
	n, err = in.conn.Read(in.scratch[:1])
	if n > 0 {
		in.buf = buffers.Get().(*buffer)
		in.buf[0], in.r, in.w = in.scratch[0], 0, 1
	}
	return n, err
}

// heard notes that bytes have come.
func (in *input) heard() {
	in.since = time.Now()
	in.asked = false
}

// arm sets the read deadline to when something has to be done if no byte comes.
func (c *Conn) arm(looked bool) {
	in := &c.in
	in.armed = true
	switch {
	case looked:
		setRead(in.conn, time.Now().Add(lastLook))
	case c.options.Ping < 0:
		setRead(in.conn, time.Time{})
	case in.asked:
		setRead(in.conn, in.since.Add(c.options.Pong))
	default:
		setRead(in.conn, in.since.Add(c.options.Ping))
	}
}

// patient does what has to be done when the read deadline has passed: it asks the other
// side whether it is there. It reports false when the answer is overdue.
func (c *Conn) patient(looked *bool) bool {
	in := &c.in
	now := time.Now()
	switch {
	case c.options.Ping < 0:
	case !in.asked:
		if now.Sub(in.since) >= c.options.Ping {
			in.asked, in.since = true, now
			c.ask()
			c.out.moved()
		}
	case now.Sub(in.since) < c.options.Pong:
	case c.out.moved(): // the question waits behind a frame, of which bytes are taken
		in.since = now
	case *looked:
		return false
	default:
		*looked = true
	}
	return true
}

// lost ends a connection that cannot be read any more.
func (c *Conn) lost(err error) error {
	if s, ok := c.conn.(served); ok && s.Cause() != nil {
		err = s.Cause()
	}
	if err == io.EOF {
		return c.end(&CloseError{Code: Abnormal, Remote: true})
	}
	return c.end(&wrapped{err})
}

// wrapped is an error of the connection below.
type wrapped struct{ error }

func (w *wrapped) Error() string { return "ws: " + w.error.Error() }
func (w *wrapped) Unwrap() error { return w.error }

// fill gets at least one byte into the buffer, in which there is room, or nothing. So many
// are missing of what has begun.
//
// When the server shuts down no more than these are read: after the message that has begun
// the buffer is empty then, and nothing has begun. Otherwise a client that sends without a
// pause would keep the server from its end.
func (c *Conn) fill(ctx context.Context, missing int) error {
	in := &c.in
	in.release()
	last := ctx.Err() != nil && in.draining(ctx)
	if in.buf == nil && (last || in.direct == nil && in.kind != 0) { // more is on its way
		in.buf = buffers.Get().(*buffer)
	}
	if in.buf == nil {
		_, err := c.receive(ctx, nil)
		return err
	}
	room := in.buf[in.w:]
	if last {
		room = room[:min(len(room), missing)]
	}
	n, err := c.receive(ctx, room)
	in.w += n
	return err
}

// need gets n bytes into the buffer, which has room for so many. size are all that belong
// together with them.
func (c *Conn) need(ctx context.Context, n, size int) error {
	in := &c.in
	for in.w-in.r < n {
		if in.r > 0 && in.r+size > bufferSize {
			in.w = copy(in.buf[:], in.buf[in.r:in.w])
			in.r = 0
		}
		if err := c.fill(ctx, size-(in.w-in.r)); err != nil {
			return err
		}
	}
	return nil
}
