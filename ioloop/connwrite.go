package ioloop

// directSize is the length from which a write is not copied if it need not be.
const directSize = 16 << 10

// Write sends a copy of p. It takes all of p or nothing. What a callback writes leaves
// in one system call, after the callback has returned; what does not leave waits. It
// does not block. It returns [ErrFull] when more than Max bytes would wait, and
// [ErrClosed] after Close and CloseWrite. An error of the other end goes to the
// handler's Close.
func (c *Conn) Write(p []byte) (int, error) {
	c.loop.check("Conn.Write")
	if c.status&(closing|ended|halfway) != 0 {
		return 0, ErrClosed
	}
	length := len(p)
	if c.Buffered()+length > c.options.High && c.Buffered() > 0 {
		c.push()
	}
	if c.Buffered()+length > c.options.Max {
		return 0, ErrFull
	}
	if length >= directSize && c.Buffered() == 0 && c.status&blocked == 0 {
		p = p[c.pass(p):]
		if c.status&ended != 0 {
			return length, nil // the handler's Close gets the error
		}
	}
	if len(p) == 0 {
		return length, nil
	}
	if c.out == nil {
		c.out = c.loop.lend()
	}
	c.out = append(c.out, p...)
	if c.Buffered() > c.options.High {
		c.status |= full
	}
	if c.status&blocked != 0 {
		c.update() // the link tells when it takes more
	} else {
		c.queue()
	}
	return length, nil
}

// Buffered returns how many bytes wait to be sent, including those of the callback that
// runs.
func (c *Conn) Buffered() int { return len(c.out) - c.sent }

// Full reports whether more than High bytes wait to be sent, or have and Low was not
// reached since. Then stop writing until Drain is called.
func (c *Conn) Full() bool { return c.status&full != 0 }

// queue puts c on the list of connections that the end of the turn flushes.
func (c *Conn) queue() {
	if c.status&queued == 0 {
		c.status |= queued
		c.loop.dirty = append(c.loop.dirty, c)
	}
}

// flush sends what waits at the end of a turn. The list may grow meanwhile.
func (l *Loop) flush() {
	for len(l.dirty) > 0 {
		last := len(l.dirty) - 1
		c := l.dirty[last]
		l.dirty[last] = nil
		l.dirty = l.dirty[:last]
		if c.status&queued != 0 {
			c.status &^= queued
			c.flush()
		}
	}
}

// pass writes p to the link, and returns how much was taken.
func (c *Conn) pass(p []byte) int {
	n, err := c.link.write(p)
	if n > 0 {
		c.touch()
	}
	switch {
	case err != nil && err != errAgain:
		c.fail(err)
	case n < len(p):
		c.status |= blocked
	}
	return n
}

// push sends what the link takes now.
func (c *Conn) push() {
	if c.Buffered() > 0 && c.status&(blocked|ended) == 0 {
		c.sent += c.pass(c.out[c.sent:])
	}
	if c.Buffered() == 0 {
		c.loop.giveBack(c.out)
		c.out, c.sent = nil, 0
	} else if c.sent >= len(c.out)/2 { // what was sent makes room
		if c.status&lends != 0 {
			c.out = c.out[c.sent:]
		} else {
			c.out = c.out[:copy(c.out, c.out[c.sent:])]
		}
		c.sent = 0
	}
}

// flush sends what the link takes, and does what was to follow that. No callback runs.
func (c *Conn) flush() {
	c.push()
	if c.status&ended != 0 {
		return
	}
	if c.extra != nil && c.extra.stream != nil {
		c.extra.stream.progress(c.Buffered())
	}
	drained := c.status&full != 0 && c.Buffered() <= c.options.Low
	if drained {
		c.status &^= full
	}
	c.update()
	if c.Buffered() == 0 {
		if c.status&closing != 0 {
			c.end(nil)
			return
		}
		if err := c.shutIfSent(); err != nil {
			c.fail(err)
			return
		}
	}
	if h := c.handler; drained && h != nil && h.Drain != nil && c.status&(closing|halfway) == 0 {
		c.loop.begin(c)
		h.Drain(c)
		c.loop.end()
	}
}

// Buffers that wait for bytes to be sent are of one size when they are lent. Those that were
// given back are kept as long as they and all others are not too large.
const (
	lentSize = 4 << 10
	keptSize = 64 << 10
	keptAll  = 256 << 10
)

// lend returns an empty buffer.
func (l *Loop) lend() []byte {
	if n := len(l.spare); n > 0 {
		b := l.spare[n-1]
		l.spare = l.spare[:n-1]
		l.spared -= cap(b)
		return b
	}
	return make([]byte, 0, lentSize)
}

// giveBack takes a buffer that is not used any more.
func (l *Loop) giveBack(b []byte) {
	if size := cap(b); size >= lentSize && size <= keptSize && l.spared+size <= keptAll {
		l.spare = append(l.spare, b[:0])
		l.spared += size
	}
}
