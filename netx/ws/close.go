package ws

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/gobwas/ws"
)

// Close tells the other side that the connection ends, and why, and waits for its answer for
// up to 5 s. Then it closes the connection. Messages that come meanwhile are dropped. Calls
// that wait fail, and later ones, with a [*CloseError] that matches [ErrClosed]; a frame that
// is being sent is sent first.
//
// A code that cannot be sent, such as [NoStatus], is left out. A reason is cut off after 123
// bytes. Close returns an error if the other side has not answered. If the connection was
// closed before, or another goroutine closes it, Close does nothing and returns nil.
func (c *Conn) Close(code Code, reason string) error {
	own := &CloseError{Code: code, Reason: clipped(reason)}
	if c.settle(own) != error(own) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	defer c.end(own)
	setRead(c.in.conn, past) // ends a Read that waits; it looks at the fate after it has set its own
	if err := c.sendClose(ctx, code, reason); err != nil {
		return err
	}
	if err := take(ctx, &c.reading); err != nil {
		return errAnswer
	}
	defer c.leave()
	c.in.part()
	c.in.armed, c.in.closing = false, true
	if !c.in.goodbye && c.awaitGoodbye(ctx) != errGoodbye {
		return errAnswer
	}
	c.linger(ctx)
	return nil
}

// CloseNow closes the connection without telling the other side, which sees its end. Calls
// that wait fail with an error that matches [ErrClosed], as all later ones do. The error is
// always nil.
func (c *Conn) CloseNow() error {
	_ = c.end(errClosed)
	return nil
}

// awaitGoodbye receives until the other side's close frame has come, which is errGoodbye.
// The caller has reading.
func (c *Conn) awaitGoodbye(ctx context.Context) error {
	for {
		if err := c.skip(ctx); err != nil {
			return err
		}
		if err := c.nextFrame(ctx); err != nil {
			return err
		}
	}
}

// closedBy ends a connection whose other side has sent a close frame. The caller has
// reading.
func (c *Conn) closedBy(code Code, reason string) error {
	c.in.goodbye = true
	if c.in.closing {
		return errGoodbye
	}
	theirs := &CloseError{Code: code, Reason: reason, Remote: true}
	if err := c.settle(theirs); err != error(theirs) {
		return err // Close goes on when it gets reading
	}
	return c.goodbye(theirs, code, "")
}

// fail ends a connection whose other side has sent what it must not, which err tells. The
// caller has reading.
func (c *Conn) fail(err error) error {
	if c.in.closing {
		return err
	}
	if fate := c.settle(err); fate != err {
		return fate
	}
	return c.goodbye(err, failureCode(err), strings.TrimPrefix(strings.TrimPrefix(err.Error(), "ws: "), "netx: "))
}

// goodbye sends a close frame and ends the connection, whose fate is settled.
func (c *Conn) goodbye(err error, code Code, reason string) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	if c.sendClose(ctx, code, reason) == nil {
		c.linger(ctx)
	}
	return c.end(err)
}

// sendClose sends the close frame, after the frame that is being sent.
func (c *Conn) sendClose(ctx context.Context, code Code, reason string) error {
	if err := take(ctx, &c.frame); err != nil {
		return errAnswer // the other side takes nothing
	}
	defer c.unlockFrame()
	deadline, _ := ctx.Deadline()
	return c.sendControl(ws.OpClose, appendClose(nil, code, reason), time.Until(deadline))
}

// clientWait bounds how long a client waits for the server to close.
const clientWait = time.Second

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// linger waits until the other side has closed the connection below. If it were closed while
// bytes come, systems would throw away what the other side has not read yet: the close
// frame, and messages before it. The server is the one that closes first (RFC 6455,
// section 7.1.1). The caller has reading.
func (c *Conn) linger(ctx context.Context) {
	in := &c.in
	in.watch.leave(in.conn, setRead)
	deadline, _ := ctx.Deadline()
	if c.client {
		deadline = earlier(deadline, time.Now().Add(clientWait))
	} else {
		half, ok := c.conn.(interface{ CloseWrite() error })
		if !ok || half.CloseWrite() != nil {
			return
		}
	}
	for time.Now().Before(deadline) {
		setRead(in.conn, deadline)
		if _, err := io.Copy(io.Discard, in.conn); !timedOut(err) { // a shutdown interrupts
			return
		}
	}
}
