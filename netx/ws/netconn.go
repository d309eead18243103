package ws

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/fanfold/fanfold/concurrent"
)

// NetConn returns a net.Conn for what takes one: a stream of bytes, each Write of which is a
// message of the kind. A Read returns bytes of one message, when all of it has come; a message
// of the other kind closes the connection with [Unsupported]. At the end of a connection that the other side
// has closed with [Normal] or [GoingAway] Read returns io.EOF. Close closes with Normal.
//
// Its deadlines are those of any net.Conn: a call that one ends has done a part of its work,
// and later calls go on. (Over TLS a Write that is cut off closes the connection.) The
// methods of c must not be used to read meanwhile.
func NetConn(c *Conn, kind Kind) net.Conn {
	kind.must("NetConn")
	n := &netConn{c: c, kind: kind}
	n.readBy.init()
	n.writeBy.init()
	return n
}

type netConn struct {
	c       *Conn
	kind    Kind
	readBy  deadline
	writeBy deadline

	reading concurrent.Lock // guards what follows
	rest    []byte          // of the message that has come
}

// Read returns bytes of the message that has come, or waits for the next one.
func (n *netConn) Read(p []byte) (int, error) {
	ctx := n.readBy.context()
	if err := take(ctx, &n.reading); err != nil {
		return 0, n.failed("read", err)
	}
	defer n.reading.Unlock()
	for len(n.rest) == 0 && len(p) > 0 {
		msg, err := n.c.Read(ctx)
		if err == nil && msg.Kind != n.kind {
			_ = n.c.Close(Unsupported, "a message of kind "+msg.Kind.String()) // over says the same
			err = n.c.over()
		}
		if err != nil {
			return 0, n.failed("read", err)
		}
		n.rest = msg.Data
	}
	got := copy(p, n.rest)
	n.rest = n.rest[got:]
	return got, nil
}

// Write sends a message. When the deadline passes in the middle of it, the rest is sent by
// the next call, and counts as written.
func (n *netConn) Write(p []byte) (int, error) {
	ctx := n.writeBy.context()
	err := n.c.sendFrame(ctx, nil, outgoing{op: ws.OpCode(n.kind), fin: true, data: p, owed: true})
	if sent, ok := errors.AsType[*owedError](err); ok {
		return len(p), n.failed("write", sent.cause)
	}
	if err != nil {
		return 0, n.failed("write", err)
	}
	return len(p), nil
}

// failed returns an error as net has it.
func (n *netConn) failed(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case op == "read" && ordinary(err):
		return io.EOF
	}
	return &net.OpError{Op: op, Net: "websocket", Source: n.LocalAddr(), Addr: n.RemoteAddr(), Err: err}
}

func (n *netConn) Close() error {
	if err := n.c.Close(Normal, ""); err != nil && err != errAnswer {
		return n.failed("close", err)
	}
	return nil // that the other side does not answer is its own affair
}

func (n *netConn) LocalAddr() net.Addr  { return n.c.LocalAddr() }
func (n *netConn) RemoteAddr() net.Addr { return n.c.RemoteAddr() }

func (n *netConn) SetDeadline(t time.Time) error {
	return errors.Join(n.SetReadDeadline(t), n.SetWriteDeadline(t))
}

func (n *netConn) SetReadDeadline(t time.Time) error  { return n.set(&n.readBy, t) }
func (n *netConn) SetWriteDeadline(t time.Time) error { return n.set(&n.writeBy, t) }

func (n *netConn) set(d *deadline, t time.Time) error {
	if n.c.over() != nil {
		return &net.OpError{Op: "set", Net: "websocket", Source: n.LocalAddr(), Addr: n.RemoteAddr(), Err: errClosed}
	}
	d.set(t)
	return nil
}

// A deadline is a context that ends at a time that can be changed.
type deadline struct {
	mu     sync.Mutex
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func (d *deadline) init() { d.ctx, d.cancel = context.WithCancelCause(context.Background()) }

// context returns the context for a call that begins.
func (d *deadline) context() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ctx
}

// set changes the time, also for calls that wait.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() || d.ctx.Err() != nil {
		d.cancel(os.ErrDeadlineExceeded) // the timer may not be there yet
		d.init()
	}
	d.timer = nil
	if t.IsZero() {
		return
	}
	cancel := d.cancel
	if left := time.Until(t); left > 0 {
		d.timer = time.AfterFunc(left, func() { cancel(os.ErrDeadlineExceeded) })
	} else {
		cancel(os.ErrDeadlineExceeded)
	}
}
