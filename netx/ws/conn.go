package ws

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent"
)

// A Conn is one side of a WebSocket connection. Make one with [Accept], [Handler] or
// [Dial]; end it with Close or CloseNow.
//
// Any number of goroutines may write, and one may read at the same time. A goroutine has to
// be in Read, All or a Reader for pings to be answered, for [Conn.Ping] to get its answer,
// and for the end of the connection to be noticed.
//
// An error of a Read other than the end of its context is final: later calls return the
// same error. See [CloseError], [ErrClosed], [ErrPong] and [TooLargeError].
type Conn struct {
	conn        net.Conn // written to, and closed
	options     *Options
	client      bool
	fragile     bool // a write that was interrupted leaves nothing usable, although it reports that nothing was sent
	bits        int  // of the compression window for what is sent; 0: no compression was negotiated
	subprotocol string

	reading concurrent.Lock // held by the goroutine that receives
	in      input           // guarded by reading

	frame concurrent.Lock // held by the goroutine that sends a frame
	out   output          // guarded by frame

	fate    atomic.Pointer[fate] // set when no more messages come or go
	ended   atomic.Bool          // conn is closed
	pings   atomic.Pointer[pings]
	handler *handlerContext // nil without a Handler
}

// A fate is the error that all later calls return.
type fate struct{ err error }

// newConn makes a Conn. received is what has come behind the handshake.
func newConn(conn net.Conn, client bool, o *Options, bits int, received []byte) *Conn {
	c := &Conn{conn: conn, client: client, options: o, bits: bits}
	_, c.fragile = conn.(*tls.Conn)
	if len(received) > bufferSize {
		conn, received = &prefixed{conn, slices.Clone(received)}, nil
	}
	c.in.source(conn)
	c.in.preload(received)
	return c
}

// Subprotocol returns the subprotocol that both sides speak, "" for none.
func (c *Conn) Subprotocol() string { return c.subprotocol }

// RemoteAddr returns the address of the other side, or of the proxy before it.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// LocalAddr returns the address of this side.
func (c *Conn) LocalAddr() net.Addr { return c.conn.LocalAddr() }

// over returns the error that all calls return from now on, or nil.
func (c *Conn) over() error {
	if f := c.fate.Load(); f != nil {
		return f.err
	}
	return nil
}

// settle makes err the fate of the connection, unless it has one. It returns the fate.
func (c *Conn) settle(err error) error {
	c.fate.CompareAndSwap(nil, &fate{err})
	return c.over()
}

// end closes the connection below, and settles its fate. It returns the fate.
func (c *Conn) end(err error) error {
	err = c.settle(err)
	if c.ended.Swap(true) {
		return err
	}
	if t, ok := c.conn.(*tls.Conn); ok {
		t.NetConn().Close() // otherwise Close waits for up to 5 s if the other side takes nothing
	}
	c.conn.Close()
	if p := c.pings.Load(); p != nil {
		p.end(err)
	}
	if w := c.out.writer.Load(); w != nil {
		w.release() // its user may not know of the end for long
	}
	if c.handler != nil {
		c.handler.end(err)
	}
	c.forget()
	return err
}

// forget drops what a connection has that has ended. What a goroutine uses at the moment
// that goroutine drops later.
func (c *Conn) forget() {
	if c.reading.TryLock() {
		c.in.drop()
		c.reading.Unlock()
	}
	if c.frame.TryLock() {
		c.out.drop(c.conn)
		c.frame.Unlock()
	}
}

// take locks l. If ctx ends first, or has ended, it returns the cause.
func take(ctx context.Context, l *concurrent.Lock) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if l.TryLock() {
		return nil
	}
	return l.LockContext(ctx)
}
