package ioloop

import (
	"net"
	"time"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// A Conn is a stream of bytes in both directions, over any descriptor or in memory.
// [Loop.Serve], [Loop.Connect], [Loop.Adopt] and [Loop.Pipe] make connections. Its methods
// are for callbacks of its loop. After the end they return [ErrClosed], or do nothing.
type Conn struct {
	loop    *Loop
	link    link
	handler *Handler
	options *ConnOptions
	server  *Server // nil: none has accepted it
	in      []byte  // what Data has left
	out     []byte  // what is to be sent: out[sent:]
	sent    int
	wanted  poll.Events // of the link
	status  status
	extra   *extra // what few connections need, or nil
	err     error  // why it has ended

	next, prev *Conn // of the loop
}

// A status is a set of facts about a connection.
type status uint16

const (
	paused  status = 1 << iota // by Pause
	full                       // above High, and not yet at Low
	queued                     // in the loop's list of connections with bytes to be sent
	blocked                    // the link took less than there was
	again                      // what Data has left is to come without more
	inData                     // Data runs, and what it leaves is not known
	atEOF                      // the other end sends no more
	halfway                    // CloseWrite was called
	shut                       // and carried out
	closing                    // Close was called
	ended                      // the link is not used any more
	reset                      // and is to be reset
	lends                      // the link may send from out later: it is not moved
)

// What few connections need.
type extra struct {
	idle, linger *Timer    // nil: none
	active       time.Time // when a byte was read or written last
	stream       *Stream   // nil: none
}

// more returns c.extra, which it makes if necessary.
func (c *Conn) more() *extra {
	if c.extra == nil {
		c.extra = &extra{active: c.loop.now}
	}
	return c.extra
}

// start makes a connection of a link, and calls open. It returns nil if open refuses.
func (l *Loop) start(k link, o *ConnOptions, s *Server, open func(*Conn) *Handler) *Conn {
	c := &Conn{loop: l, link: k, options: o, server: s}
	k.bind(c)
	l.link(c)
	if o.Idle > 0 {
		c.more().idle = l.AfterFunc(o.Idle, c.checkIdle)
	}
	outer := l.caller // Adopt is called by callbacks
	l.begin(c)
	h := open(c)
	l.end()
	l.caller = outer
	if h == nil { // refused
		c.end(nil)
		return nil
	}
	c.handler = h
	c.update()
	return c
}

// ready is called by the link.
func (c *Conn) ready(is poll.Events) {
	if is&poll.Writable != 0 {
		c.status &^= blocked
		c.flush()
	}
	if is&poll.Readable != 0 && c.reads() {
		c.read()
	}
}

// reads reports whether bytes are wanted.
func (c *Conn) reads() bool {
	return c.status&(paused|again|atEOF|closing|ended) == 0 && (c.status&full == 0 || c.options.Duplex)
}

// update tells the link what is wanted.
func (c *Conn) update() {
	if c.status&ended != 0 {
		return
	}
	var want poll.Events
	if c.reads() {
		want |= poll.Readable
	}
	if c.status&blocked != 0 {
		want |= poll.Writable
	}
	if want != c.wanted {
		c.wanted = want
		if err := c.link.want(want); err != nil {
			c.fail(err)
		}
	}
}

// Pause stops reading: Data is not called until Resume. Bytes then wait in the kernel,
// and the other end slows down.
func (c *Conn) Pause() {
	c.loop.check("Conn.Pause")
	c.status |= paused
	c.update()
}

// Resume goes on reading after Pause. What Data has left comes again, also without more.
func (c *Conn) Resume() {
	c.loop.check("Conn.Resume")
	if c.status&paused != 0 {
		c.status &^= paused
		c.repeat()
		c.update()
	}
}

// Handle makes h the handler from the next call on. What the old one has left comes to the
// new one, also without more. When the connection has ended, h.Close is called.
func (c *Conn) Handle(h *Handler) {
	c.loop.check("Conn.Handle")
	if h == nil {
		panic("ioloop: Conn.Handle of a nil handler")
	}
	gone := c.status&ended != 0 && c.link == nil
	c.handler = h
	if gone {
		if h.Close != nil {
			c.loop.Soon(func() { h.Close(c, c.err) })
		}
		return
	}
	c.repeat()
}

// LocalAddr returns the address of this end, or nil where there is none and after
// the handler's Close.
func (c *Conn) LocalAddr() net.Addr { return c.addr(link.localAddr) }

// RemoteAddr returns the address of the other end, or nil where there is none, after a
// reset, and after the handler's Close. Ask when the connection begins.
func (c *Conn) RemoteAddr() net.Addr { return c.addr(link.remoteAddr) }

func (c *Conn) addr(of func(link) net.Addr) net.Addr {
	c.loop.check("Conn.LocalAddr and RemoteAddr")
	if c.link == nil {
		return nil
	}
	return of(c.link)
}

// FD returns the descriptor, or -1 in memory and after the handler's Close. It is the
// connection's: do not close it.
func (c *Conn) FD() int {
	if c.link == nil {
		return -1
	}
	return c.link.fd()
}
