package ws

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"

	"github.com/gobwas/ws"
)

// chunk is how much of a large frame is written at once, so that progress shows.
const chunk = 256 << 10

// An output is the state of what is sent.
type output struct {
	watch    watch
	err      error         // of a write: the stream is broken, nothing more can be sent
	progress atomic.Uint32 // counts writes that were taken
	asked    atomic.Uint32 // counts pings of ask
	seen     [2]uint32     // of both, at the last look; guarded by the Conn's reading

	debt   *[]byte                // the rest of a frame that a NetConn has sent in part; nil: there is none
	writer atomic.Pointer[writer] // sends a message in parts; others wait until it is over

	mu      sync.Mutex  // guards what follows; held for some instructions
	ping    bool        // has to be sent
	pong    *[]byte     // the payload of one that has to be sent; nil: none has
	pending atomic.Bool // there may be something to send
}

// An outgoing is a frame to be sent.
type outgoing struct {
	op      ws.OpCode
	fin     bool
	packed  bool
	data    []byte
	encoded bool // data is the whole frame
	owed    bool // what is not sent when ctx ends is sent later
}

// moved reports whether since the last look a ping has left, or bytes have that it waits
// behind. Bytes that were taken are no sign of the other side otherwise: the system takes
// them.
func (o *output) moved() bool {
	o.mu.Lock()
	waits := o.ping
	o.mu.Unlock()
	now := [2]uint32{o.progress.Load(), o.asked.Load()}
	moved := waits && now[0] != o.seen[0] || now[1] != o.seen[1]
	o.seen = now
	return moved
}

// sendFrame sends a frame, of a message of w, or all of a message. It blocks until the
// system has taken all of it.
func (c *Conn) sendFrame(ctx context.Context, w *writer, f outgoing) error {
	if err := c.lockFrame(ctx, w, f.op.IsControl()); err != nil {
		return err
	}
	defer c.unlockFrame()
	c.out.watch.follow(c.sourceOf(ctx), c.conn, setWrite)
	if n, err := c.writeFrame(f); err != nil {
		return c.cut(ctx, f, n, err)
	}
	return nil
}

// lockFrame takes frame, when no writer other than w sends a message in parts; a control
// frame goes between these.
func (c *Conn) lockFrame(ctx context.Context, w *writer, control bool) error {
	for {
		if err := take(ctx, &c.frame); err != nil {
			return err
		}
		err := c.over()
		if err == nil {
			err = c.out.err
		}
		other := c.out.writer.Load()
		if err == nil && (other == nil || other == w || control) {
			return nil
		}
		c.unlockFrame()
		if err != nil {
			return err
		}
		select {
		case <-other.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// unlockFrame gives frame back. Control frames that came meanwhile are sent first.
func (c *Conn) unlockFrame() {
	for {
		if c.out.pending.Load() {
			c.flushControl()
		}
		c.frame.Unlock()
		if !c.out.pending.Load() && !c.ended.Load() || !c.frame.TryLock() {
			return
		}
		if c.ended.Load() {
			c.out.pending.Store(false)
			c.out.drop(c.conn)
			c.frame.Unlock()
			return
		}
	}
}

// cut returns the error of a frame of which n bytes were sent, before err. If that cannot be
// repaired it ends the connection. The caller has frame.
func (c *Conn) cut(ctx context.Context, f outgoing, n int, err error) error {
	if over := c.over(); over != nil {
		return over
	}
	switch {
	case !timedOut(err) || ctx.Err() == nil:
		c.out.err = &wrapped{err} // what has come can still be read
		return c.out.err
	case n == 0 && !c.fragile:
		return context.Cause(ctx)
	case f.owed && !c.fragile:
		return &owedError{context.Cause(ctx)}
	}
	return c.end(&halfError{context.Cause(ctx)})
}

// A halfError says that a call has sent a part of a message, and closed the connection.
type halfError struct{ cause error }

func (e *halfError) Error() string {
	return fmt.Sprintf("ws: a message was sent in part, and the connection closed: %v", e.cause)
}

func (e *halfError) Unwrap() error { return e.cause }

func (e *halfError) Is(target error) bool { return errClosed.Is(target) }

// An owedError says that the rest of a frame is sent later.
type owedError struct{ cause error }

func (e *owedError) Error() string { return e.cause.Error() }

// pay sends what is left of a frame that was sent in part.
func (c *Conn) pay() error {
	debt := *c.out.debt
	n, err := c.writeAll(debt)
	if debt = debt[n:]; len(debt) == 0 {
		c.out.debt = nil
	} else {
		c.out.debt = &debt
	}
	return err
}

// writeFrame writes a frame and returns how many bytes of it the system has taken. The
// caller has frame.
func (c *Conn) writeFrame(f outgoing) (sent int, err error) {
	if c.out.debt != nil {
		if err := c.pay(); err != nil {
			return 0, err
		}
	}
	if f.encoded {
		return c.writeAll(f.data)
	}
	space := buffers.Get().(*buffer)
	defer buffers.Put(space)
	var mask [4]byte
	head := c.appendHeader(space[:0], f, &mask)
	data, at := f.data, 0
	for first := true; first || len(data) > 0; first = false {
		if !first && !c.client && !f.owed {
			n, err := c.writeAll(data)
			return sent + n, err
		}
		n := min(len(data), bufferSize-len(head))
		out := append(head, data[:n]...)
		if c.client {
			ws.Cipher(out[len(head):], mask, at)
			at += n
		}
		m, err := c.writeAll(out)
		if sent += m; err != nil {
			if f.owed && sent > 0 {
				c.owe(out[m:], data[n:], mask, at)
			}
			return sent, err
		}
		data, head = data[n:], head[:0]
	}
	return sent, nil
}

// appendHeader appends the header of a frame, and a mask if this side is a client.
func (c *Conn) appendHeader(dst []byte, f outgoing, mask *[4]byte) []byte {
	dst = appendHeader(dst, f, c.client)
	if c.client {
		// The mask has to be unpredictable for what runs in a browser, so that it cannot
		// choose the bytes that a proxy sees (RFC 6455, section 10.3).
		binary.NativeEndian.PutUint32(mask[:], rand.Uint32())
		dst = append(dst, mask[:]...)
	}
	return dst
}

// appendHeader appends the header of a frame without its mask.
func appendHeader(dst []byte, f outgoing, masked bool) []byte {
	first, bit := byte(f.op), byte(0)
	if f.fin {
		first |= 0x80
	}
	if f.packed {
		first |= 0x40
	}
	if masked {
		bit = 0x80
	}
	switch n := len(f.data); {
	case n <= 125:
		return append(dst, first, bit|byte(n))
	case n <= 0xffff:
		return binary.BigEndian.AppendUint16(append(dst, first, bit|126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, first, bit|127), uint64(n))
	}
}

// owe notes what is missing of a frame: of what was encoded, and of what was not yet.
func (c *Conn) owe(encoded, data []byte, mask [4]byte, at int) {
	debt := make([]byte, 0, len(encoded)+len(data))
	debt = append(append(debt, encoded...), data...)
	if c.client {
		ws.Cipher(debt[len(encoded):], mask, at)
	}
	c.out.debt = &debt
}

// writeAll writes in pieces.
func (c *Conn) writeAll(p []byte) (sent int, err error) {
	for len(p) > 0 && err == nil {
		var n int
		n, err = c.write(p[:min(len(p), chunk)])
		sent += n
		p = p[n:]
	}
	return sent, err
}

func (c *Conn) write(p []byte) (int, error) {
	n, err := c.conn.Write(p)
	if n > 0 {
		c.out.progress.Add(1)
	}
	return n, err
}

// drop drops what is not needed any more. The connection has ended.
func (o *output) drop(conn net.Conn) {
	o.watch.leave(conn, setWrite)
	o.debt = nil
}
