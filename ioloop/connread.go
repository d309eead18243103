package ioloop

import (
	"fmt"
	"io"
)

// readSize is how many bytes a connection reads in one turn at most, so that none holds
// the others up.
const readSize = 64 << 10

// read reads once, and calls the handler.
func (c *Conn) read() {
	l := c.loop
	if l.buffer == nil {
		l.buffer = make([]byte, readSize)
	}
	data, err := c.link.read(l.buffer)
	switch {
	case len(data) > 0:
		c.touch()
		c.deliver(data)
	case err == io.EOF:
		c.ownEOF()
	case err != errAgain:
		c.fail(err)
	}
}

// deliver calls Data with what it has left and with more, which is borrowed, and keeps
// what it leaves.
func (c *Conn) deliver(more []byte) {
	data, left := more, c.in
	if c.in = nil; len(left) > 0 {
		left = append(left, more...)
		data = left
	}
	n := len(data)
	if h := c.handler; h.Data != nil {
		c.loop.begin(c)
		c.status |= inData
		var err error
		n, err = h.Data(c, data)
		c.status &^= inData
		if n < 0 || n > len(data) {
			panic(fmt.Sprintf("ioloop: Data has used %d bytes of %d", n, len(data)))
		}
		c.loop.end()
		if err != nil {
			c.fail(err)
		}
	}
	if c.status&ended != 0 {
		return
	}
	if c.status&closing != 0 { // Data is not called any more
		n, c.in = len(data), nil
	}
	switch rest := data[n:]; {
	case len(rest) == 0:
	case len(c.in) > 0: // by Unread: it comes first
		c.in = append(c.in, rest...)
	case len(left) > 0:
		c.in = left[:copy(left, rest)]
	default:
		c.in = append([]byte(nil), rest...)
	}
	if len(c.in) > c.options.Unread {
		c.fail(&TooLongError{c.options.Unread})
		return
	}
	if c.status&queued != 0 { // what Data has written
		c.status &^= queued
		c.flush()
	}
}

// ownEOF notes that the other end sends no more.
func (c *Conn) ownEOF() {
	c.status |= atEOF
	c.update()
	if h := c.handler; h.EOF != nil {
		c.loop.begin(c)
		h.EOF(c)
		c.loop.end()
		if c.status&shut != 0 {
			c.end(nil)
		}
		return
	}
	c.Close()
}

// Unread puts a copy of p in front of what comes next: Data gets it first, in a turn of
// its own. It is for what was read before the loop had the connection.
func (c *Conn) Unread(p []byte) {
	c.loop.check("Conn.Unread")
	if c.status&ended == 0 && len(p) > 0 {
		c.in = append(append(make([]byte, 0, len(p)+len(c.in)), p...), c.in...)
		c.repeat()
	}
}

// repeat calls Data in the next turn with what is there. No more is read before.
func (c *Conn) repeat() {
	if c.status&again == 0 && (len(c.in) > 0 || c.status&inData != 0) {
		c.status |= again
		c.update()
		c.loop.soon = append(c.loop.soon, func() {
			c.status &^= again
			if len(c.in) > 0 && c.status&(paused|closing|ended) == 0 {
				c.deliver(nil)
			}
			c.update()
		})
	}
}
