package frame

import (
	"context"
	"net"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/netx/internal/sock"
)

// A Conn sends and receives messages over a net.Conn. [NewConn] and [Dial] make it. One
// goroutine at a time may read, while any number of goroutines write.
type Conn struct {
	nc      net.Conn
	codec   Codec
	options Options
	pool    pool
	served  bool // a server closes it, after the last answers

	// Of the goroutine that reads:
	in         *sock.Reader
	readEnd    *sock.Interrupt
	buf        []byte // holds bytes in [start, end); nil if there are none
	start, end int
	seen       int   // how many bytes from start the codec has seen, and wants more
	eof        bool  // no more bytes come
	readErr    error // for good

	waiting atomic.Bool // a Read waits, or is about to

	writeLock concurrent.Lock
	writeEnd  *sock.Interrupt // guarded by writeLock, as what follows
	out       []byte          // waits to be written
	writeErr  error           // for good
	pending   atomic.Bool     // something does, for those that do not have writeLock
}

// NewConn returns a Conn over nc. It takes nc over: other reads, writes and deadlines would
// disturb it. It panics if the codec lacks a function.
func NewConn(nc net.Conn, codec Codec, options ...Options) *Conn {
	codec.check("NewConn")
	return newConn(nc, codec, connOptions("NewConn", options))
}

func newConn(nc net.Conn, codec Codec, o Options) *Conn {
	c := &Conn{nc: nc, codec: codec, options: o, pool: poolOf(o.Buffer)}
	c.in = sock.NewReader(nc, c.pool.get, c.pool.put)
	c.readEnd = sock.NewInterrupt(nc.SetReadDeadline)
	c.writeEnd = sock.NewInterrupt(nc.SetWriteDeadline)
	return c
}

// Dial connects to an address, as net.Dialer does, and returns a Conn. It blocks until it is
// connected or ctx ends. The later end of ctx has no effect.
func Dial(ctx context.Context, network, address string, codec Codec, options ...Options) (*Conn, error) {
	codec.check("Dial")
	o := connOptions("Dial", options)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var d net.Dialer
	nc, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return newConn(nc, codec, o), nil
}

// NetConn returns the connection below, for its addresses and options.
func (c *Conn) NetConn() net.Conn { return c.nc }

// Close closes the connection. Calls that wait return an error. What [Conn.WriteBuffered]
// has taken and no call has sent is lost: call [Conn.Flush] before. It does not block.
func (c *Conn) Close() error {
	err := c.nc.Close()
	c.readEnd.Stop()
	c.writeEnd.Stop()
	return err
}
