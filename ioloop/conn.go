package ioloop

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
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
func (l *Loop) start(k link, o *ConnOptions, s *Server, bind func(*Conn), open func(*Conn) *Handler) *Conn {
	c := &Conn{loop: l, link: k, options: o, server: s}
	bind(c)
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

// Close ends the connection when what waits to be sent was sent, or after Linger. Data is
// not called any more. It does not block.
func (c *Conn) Close() error {
	c.loop.check("Conn.Close")
	if c.status&(closing|ended) != 0 {
		return ErrClosed
	}
	c.status |= closing
	c.update()
	if c.Buffered() == 0 {
		c.end(nil)
		return nil
	}
	c.queue()
	c.more().linger = c.loop.AfterFunc(c.options.Linger, func() {
		c.fail(fmt.Errorf("ioloop: %d bytes were not sent within %v: %w", c.Buffered(), c.options.Linger, os.ErrDeadlineExceeded))
	})
	return nil
}

// CloseWrite tells the other end that no more is sent, when what waits to be sent was
// sent. Write returns [ErrClosed] from then on. Reading goes on until the other end sends no
// more; then the connection ends. What is no socket, such as
// a terminal, returns errors.ErrUnsupported.
func (c *Conn) CloseWrite() error {
	c.loop.check("Conn.CloseWrite")
	if c.status&(closing|ended|halfway) != 0 {
		return ErrClosed
	}
	if !c.link.halves() {
		return fmt.Errorf("ioloop: CloseWrite of what is no socket: %w", errors.ErrUnsupported)
	}
	c.status |= halfway
	return c.shutIfSent()
}

// shutIfSent carries CloseWrite out if nothing waits to be sent.
func (c *Conn) shutIfSent() error {
	if c.status&halfway == 0 || c.status&(shut|ended) != 0 || c.Buffered() > 0 {
		return nil
	}
	c.status |= shut
	err := c.link.closeWrite()
	if err == nil && c.status&atEOF != 0 {
		c.end(nil)
	}
	return err
}

// Abort ends the connection at once. What waits to be sent is dropped, and the other end
// of a TCP connection gets a reset. The handler's Close gets err.
func (c *Conn) Abort(err error) {
	c.loop.check("Conn.Abort")
	c.fail(err)
}

// fail ends the connection out of order.
func (c *Conn) fail(err error) {
	if c.status&ended == 0 {
		c.status |= reset
		c.end(err)
	}
}

// end ends the connection. The handler's Close is called in the next turn, since a
// callback may run now. The link is open until then, so that its addresses are known and its
// number is nobody else's.
func (c *Conn) end(err error) {
	if c.status&ended != 0 {
		return
	}
	c.status |= ended
	c.err = err
	c.link.want(0)
	if e := c.extra; e != nil {
		e.idle.stop()
		e.linger.stop()
	}
	c.loop.soon = append(c.loop.soon, c.finish)
}

// finish makes the last call, and gives back what the connection has.
func (c *Conn) finish() {
	if c.link == nil {
		return // it is done already
	}
	defer c.release()
	if c.handler != nil && c.handler.Close != nil {
		c.loop.caller = c
		c.handler.Close(c, c.err)
	}
}

// release gives back what the connection has.
func (c *Conn) release() {
	c.link.close(c.status&reset != 0)
	c.link = nil
	c.loop.giveBack(c.out)
	c.in, c.out, c.sent = nil, nil, 0
	c.loop.unlink(c)
	if c.server != nil {
		c.server.forget()
	}
	c.loop.freed()
}

// link and unlink keep the loop's list of connections. The next of one that was taken out
// stays, for those who are on their way.
func (l *Loop) link(c *Conn) {
	l.stats.conns.Add(1)
	if c.next = l.first; c.next != nil {
		c.next.prev = c
	}
	l.first = c
}

func (l *Loop) unlink(c *Conn) {
	l.stats.conns.Add(-1)
	if c.next != nil {
		c.next.prev = c.prev
	}
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.first = c.next
	}
}

func (c *Conn) panicked(e *panics.PanicError) { c.fail(e) }
func (c *Conn) abort(err error)               { c.fail(err) }
func (c *Conn) lost()                         { c.fail(ErrClosed) }

// checkIdle ends the connection if no byte was read or written for Idle.
func (c *Conn) checkIdle() {
	if rest := c.options.Idle - c.loop.now.Sub(c.extra.active); rest > 0 {
		c.extra.idle.Reset(rest)
		return
	}
	c.fail(fmt.Errorf("ioloop: no byte was read or written for %v: %w", c.options.Idle, os.ErrDeadlineExceeded))
}

// touch notes that bytes were read or written.
func (c *Conn) touch() {
	if c.extra != nil {
		c.extra.active = c.loop.now
	}
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

// Detach takes the connection out of the loop: as a net.Conn, and the bytes that Data has left. The
// handler's Close is called with nil. It returns an error, and changes nothing, while
// bytes wait to be sent, and for what is no socket.
func (c *Conn) Detach() (nc net.Conn, unread []byte, err error) {
	c.loop.check("Conn.Detach")
	if c.status&(closing|ended) != 0 {
		return nil, nil, ErrClosed
	}
	if c.push(); c.status&ended != 0 {
		return nil, nil, c.err
	}
	if n := c.Buffered(); n > 0 {
		return nil, nil, fmt.Errorf("ioloop: Detach while %d bytes wait to be sent", n)
	}
	if nc, err = c.link.detach(); err != nil {
		return nil, nil, fmt.Errorf("ioloop: Detach: %w", err)
	}
	unread = append([]byte(nil), c.in...)
	c.end(nil)
	return nc, unread, nil
}
