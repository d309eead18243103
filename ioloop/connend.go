package ioloop

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/fanfold/fanfold/internal/panics"
)

// Close ends the connection when what waits to be sent was sent, or when none of it has left
// for Linger. Data is not called any more. It does not block.
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
	c.more().linger = c.loop.AfterFunc(c.options.Linger, c.checkLinger)
	return nil
}

// checkLinger ends the connection if no byte has left for Linger.
func (c *Conn) checkLinger() {
	if rest := c.options.Linger - c.loop.now.Sub(c.extra.active); rest > 0 {
		c.extra.linger.Reset(rest)
		return
	}
	c.fail(fmt.Errorf("ioloop: none of the last %d bytes has left for %v: %w", c.Buffered(), c.options.Linger, os.ErrDeadlineExceeded))
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
	if c.status&lends == 0 { // or the kernel may still send from it
		c.loop.giveBack(c.out)
	}
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

// Detach takes the connection out of the loop: as a net.Conn, and the bytes that Data has
// left. Called by Data, it leaves the bytes of that call to the callback. The handler's Close
// is called with nil. It returns an error, and changes nothing, while bytes wait to be sent,
// and for what is no socket.
func (c *Conn) Detach() (nc net.Conn, unread []byte, err error) {
	c.loop.check("Conn.Detach")
	if c.status&(closing|ended) != 0 {
		return nil, nil, ErrClosed
	}
	c.link.settle()
	c.status &^= blocked
	if c.push(); c.status&ended != 0 {
		return nil, nil, c.err
	}
	if n := c.Buffered(); n > 0 {
		err = fmt.Errorf("ioloop: Detach while %d bytes wait to be sent", n)
	} else if nc, unread, err = c.link.detach(); err != nil {
		err = fmt.Errorf("ioloop: Detach: %w", err)
	}
	if err != nil {
		c.link.unsettle()
		c.update()
		return nil, nil, err
	}
	unread = append(append([]byte(nil), c.in...), unread...)
	c.end(nil)
	return nc, unread, nil
}
