package ws

import (
	"bytes"
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// control does what a control frame asks for, whose payload is in the buffer. The caller
// has reading.
func (c *Conn) control(h ws.Header) error {
	in := &c.in
	payload := in.buf[in.r : in.r+int(h.Length)]
	in.r += len(payload)
	if h.Masked {
		ws.Cipher(payload, h.Mask, 0)
	}
	switch h.OpCode {
	case ws.OpPing:
		c.out.answer(payload)
		c.urge()
	case ws.OpPong:
		if p := c.pings.Load(); p != nil {
			p.answered(payload)
		}
	case ws.OpClose:
		code, reason, err := parseClose(payload)
		if err != nil {
			return c.fail(err)
		}
		return c.closedBy(code, reason)
	}
	return nil
}

// Ping asks the other side for a pong, and blocks until it has come. Some goroutine has to
// be in a Read for that. Ping returns the cause of ctx when that ends first; otherwise it
// fails as [Conn.Write] does. To see that idle connections are alive needs no Ping:
// [Options] say when a Read asks by itself.
func (c *Conn) Ping(ctx context.Context) error {
	calls := c.calls()
	id, answered := calls.begin()
	defer calls.forget(id)
	var payload [8]byte
	binary.BigEndian.PutUint64(payload[:], id)
	if err := c.sendFrame(ctx, nil, outgoing{op: ws.OpPing, fin: true, data: payload[:]}); err != nil {
		return err
	}
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ask sends a ping for a Read that has waited for long. It does not wait for a frame that is
// being sent.
func (c *Conn) ask() {
	c.out.mu.Lock()
	c.out.ping = true
	c.out.mu.Unlock()
	c.out.pending.Store(true)
	c.urge()
}

// urge makes pending control frames leave: now, or with the frame that is being sent.
func (c *Conn) urge() {
	if c.frame.TryLock() {
		c.unlockFrame()
	}
}

// answer notes that a pong with the payload has to be sent. A later one takes the place of
// one that waits (RFC 6455, section 5.5.3).
func (o *output) answer(payload []byte) {
	pong := bytes.Clone(payload)
	o.mu.Lock()
	o.pong = &pong
	o.mu.Unlock()
	o.pending.Store(true)
}

// flushControl sends the control frames that wait. The caller has frame.
func (c *Conn) flushControl() {
	o := &c.out
	for o.pending.Swap(false) {
		o.mu.Lock()
		ping, pong := o.ping, o.pong
		o.ping, o.pong = false, nil
		o.mu.Unlock()
		// A frame that cannot be sent is dropped. That shows in the next Write, or in the
		// answer that does not come.
		if pong != nil {
			_ = c.sendControl(ws.OpPong, *pong, c.options.Pong)
		}
		if ping && c.sendControl(ws.OpPing, nil, c.options.Pong) == nil {
			o.asked.Add(1)
		}
	}
}

// sendControl sends a control frame within a time. The caller has frame.
func (c *Conn) sendControl(op ws.OpCode, payload []byte, within time.Duration) error {
	o := &c.out
	switch {
	case o.err != nil:
		return o.err
	case op != ws.OpClose && c.over() != nil:
		return c.over()
	}
	o.watch.leave(c.conn, setWrite)
	setWrite(c.conn, time.Now().Add(within))
	n, err := c.writeFrame(outgoing{op: op, fin: true, data: payload})
	setWrite(c.conn, time.Time{})
	if err != nil && (n > 0 || c.fragile || !timedOut(err)) {
		o.err = &wrapped{err}
	}
	return err
}

// pings are the calls of Ping that wait for their answers.
type pings struct {
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan error
	err     error // of the connection, when it has ended
}

// calls returns the calls of Ping. They are made when they are needed.
func (c *Conn) calls() *pings {
	if p := c.pings.Load(); p != nil {
		return p
	}
	c.pings.CompareAndSwap(nil, &pings{})
	return c.pings.Load()
}

// begin returns what the next ping carries, and what its answer is sent to.
func (p *pings) begin() (uint64, <-chan error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer := make(chan error, 1)
	if p.err != nil {
		answer <- p.err
	}
	if p.waiting == nil {
		p.waiting = map[uint64]chan error{}
	}
	p.last++
	p.waiting[p.last] = answer
	return p.last, answer
}

func (p *pings) forget(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
}

// answered ends the Ping whose payload has come back. Other pongs ask for nothing.
func (p *pings) answered(payload []byte) {
	if len(payload) == 8 {
		p.finish(binary.BigEndian.Uint64(payload), nil)
	}
}

func (p *pings) finish(id uint64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if answer, ok := p.waiting[id]; ok {
		answer <- err
		delete(p.waiting, id)
	}
}

// end ends all that wait, and all later ones.
func (p *pings) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	for _, answer := range p.waiting {
		answer <- err
	}
	p.waiting = nil
}
